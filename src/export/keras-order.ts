/** What of a layer decides its place. */
interface Node {
  readonly name: string;
  /** Names of the layers that it reads. */
  readonly inputs: readonly string[];
}

/**
 * The layers of a functional model as Keras lists them, however its config.json does: those farthest from the output come
 * first, along the longest way; of those equally far, those that a walk from the output meets first, depth first. Keras calls
 * what it keeps of a layer after its place in this list. Layers that the output does not need are not in it.
 *
 * @param layers in any order of computation, the output last.
 */
export function inKerasOrder<Layer extends Node>(layers: readonly Layer[]): Layer[] {
  const walk = walkFromOutput(layers);
  const distances = new Map(walk.map(({ name }) => [name, 0]));
  for (const { name, inputs } of [...layers].reverse()) {
    const distance = distances.get(name);
    if (distance === undefined) continue;
    for (const input of inputs) distances.set(input, Math.max(distances.get(input)!, distance + 1));
  }
  return walk.sort((one, other) => distances.get(other.name)! - distances.get(one.name)!);
}

/** What the output needs, each layer before those it reads, in the order in which it names them. */
function walkFromOutput<Layer extends Node>(layers: readonly Layer[]): Layer[] {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const met = new Set<Layer>();
  const waiting = layers.slice(-1);
  for (let layer = waiting.pop(); layer; layer = waiting.pop()) {
    if (met.has(layer)) continue;
    met.add(layer);
    waiting.push(...layer.inputs.map((name) => byName.get(name)!).reverse());
  }
  return [...met];
}
