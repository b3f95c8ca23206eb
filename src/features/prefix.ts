import type { WeightedNetwork } from '../models/compose.js';
import { inputOf, type Network, outputOf, type Shape } from '../models/network.js';
import { nativeBinding, usesGpu } from '../runtime/tensorflow.js';
import { sizeOf } from '../formats/tensors.js';
import { foldBatchNorm } from '../models/fold-batch-norm.js';
import { DataType, GraphBuilder, graphDef, type Output } from '../graph/graph-def.js';
import { castTo, type FloatType, NetworkWriter } from '../models/network-graph.js';
import { forConstants, Session } from '../graph/session.js';
import { hasTiledLayers, type TiledLayer } from './tile-program.js';
import { tiledBfloat16, writeTiledBfloat16 } from './tiled-bfloat16.js';

/** Pictures as uint8 pixels [count, height, width, channels]. */
export interface PixelBatch {
  readonly pixels: Uint8Array;
  readonly count: number;
}

/** A frozen network in a session of its own. */
export interface Prefix {
  /** Of one picture's output. */
  readonly shape: readonly number[];
  /**
   * Computes the network's output for some pictures, any number of them; blocks until it is done.
   *
   * @param pixels uint8 [count, height, width, channels], as the network's first layer takes them; must not change
   *   meanwhile.
   * @returns float32 [count, ...shape].
   */
  run(pixels: Uint8Array, count: number): Float32Array;
  dispose(): void;
}

/**
 * Compiles a network whose weights do not change: the graph takes uint8 pixels, so that preprocessing (a layer of
 * the network, see `withPreprocessing`) happens there, and holds the weights as constants, batch normalisation
 * folded into convolutions.
 *
 * @param precision the type that it computes in. `float16` is for GPUs; `bfloat16` for them and for CPUs that have
 *   instructions for it. Outputs are float32 in any case.
 */
export function compilePrefix(
  { network, weights }: WeightedNetwork,
  {
    precision = 'float32',
    tiled = precision === 'bfloat16' && hasTiledLayers(),
  }: { precision?: FloatType; tiled?: boolean } = {},
): Prefix {
  const folded = foldBatchNorm({ network, weights });
  const { graph } = prefixGraph(folded, precision, tiled ? tiledBfloat16(folded.network) : []);
  return openPrefix(openGraph(graph), folded.network);
}

/** Writes a network from `pixels:0`, uint8 [batch, …], to `output:0`, float32 [batch, …]; its layers' outputs by name. */
export function prefixGraph(
  { network, weights }: WeightedNetwork,
  precision: FloatType,
  tiled: readonly TiledLayer[] = [],
): { graph: GraphBuilder; outputs: Map<string, Output> } {
  const graph = new GraphBuilder();
  const pixels = graph.placeholder(DataType.uint8, [-1, ...inputOf(network).shape], 'pixels');
  const values = castTo(graph, pixels, 'uint8', precision);
  const writer = new NetworkWriter(graph, weights, precision, 'fixed');
  const maps = tiled.length > 0 && writeTiledBfloat16(writer, pixels, tiled, { network, weights });
  const done = new Map(tiled.map(({ name }) => [name, maps ? maps.get(name) : undefined]));
  const outputs = writer.outputs(network, values, done);
  const last = outputs.get(outputOf(network).name)!;
  const float32 = { T: { type: DataType.float32 } };
  graph.node('Identity', [castTo(graph, last, precision, 'float32')], float32, { name: 'output' });
  return { graph, outputs };
}

/** Loads a graph whose weights are constants. */
export function openGraph(graph: GraphBuilder): Session {
  const definition = graphDef([graph.fragment()]);
  return usesGpu()
    ? new Session(definition) // TensorFlow's own way: no other was measured there
    : new Session(definition, forConstants);
}

/**
 * The network's graph, loaded: from `pixels:0`, uint8 [batch, …], to `output:0`, float32 [batch, …].
 *
 * @param input the shape of a picture as the graph reads it, where that is not the network's.
 */
export function openPrefix(session: Session, network: Network, input = inputOf(network).shape): Prefix {
  return {
    shape: outputOf(network).shape,
    run: (pixels, count) => fetchFor(session, input, { pixels, count }, ['output:0'])[0]!,
    dispose: () => session.close(),
  };
}

/** Feeds pictures, each of the shape `input`, to `pixels:0` of a network's graph; returns the values of `outputs`. */
export function fetchFor(
  session: Session,
  input: Shape,
  { pixels, count }: PixelBatch,
  outputs: readonly Output[],
): Float32Array[] {
  const shape = [count, ...input];
  if (pixels.length !== sizeOf(shape)) {
    throw new Error(`expected ${sizeOf(shape)} values for ${count} pictures but received ${pixels.length}`);
  }
  const binding = nativeBinding();
  const fed = binding.createTensor(shape, DataType.uint8, pixels);
  try {
    return session.run([['pixels:0', fed]], outputs).map(({ id }) => {
      const values = binding.tensorDataSync(id) as Float32Array;
      binding.deleteTensor(id);
      return values;
    });
  } finally {
    binding.deleteTensor(fed);
  }
}
