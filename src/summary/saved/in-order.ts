import { FormatError } from '../../formats/bytes.js';

/**
 * Nodes of a file in order of computation, every one after those it reads; as they come where that is so already.
 *
 * @throws FormatError when one reads what is not there, or they read each other in a circle.
 */
export function inOrder<Node extends { readonly name: string; readonly inputs: readonly string[] }>(
  nodes: readonly Node[],
): Node[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  if (byName.size < nodes.length) {
    const twice = nodes.find((node) => byName.get(node.name) !== node)!;
    throw new FormatError(`two of its layers are named '${twice.name}'`);
  }
  const waiting = new Map<string, number>();
  const readers = new Map<string, Node[]>();
  for (const node of nodes) {
    const read = new Set(node.inputs);
    waiting.set(node.name, read.size);
    for (const input of read) {
      if (!byName.has(input)) {
        throw new FormatError(`its layer '${node.name}' reads '${input}', which is not there`);
      }
      readers.set(input, [...(readers.get(input) ?? []), node]);
    }
  }
  const ordered = nodes.filter(({ inputs }) => inputs.length === 0);
  for (const { name } of ordered) {
    for (const reader of readers.get(name) ?? []) {
      const left = waiting.get(reader.name)! - 1;
      waiting.set(reader.name, left);
      if (left === 0) ordered.push(reader);
    }
  }
  if (ordered.length < nodes.length) throw new FormatError('its layers read each other in a circle');
  return isInOrder(nodes) ? [...nodes] : ordered;
}

function isInOrder(nodes: readonly { readonly name: string; readonly inputs: readonly string[] }[]): boolean {
  const seen = new Set<string>();
  return nodes.every(({ name, inputs }) => {
    seen.add(name);
    return inputs.every((input) => input !== name && seen.has(input));
  });
}
