import type { WeightedNetwork } from '../models/compose.js';
import { inputOf, outputOf } from '../models/network.js';
import { nativeBinding } from '../runtime/tensorflow.js';
import { sizeOf } from '../weights/tensors.js';
import { foldBatchNorm } from './fold-batch-norm.js';
import { DataType, GraphBuilder, graphDef } from './graph-def.js';
import { castTo, type FloatType, NetworkWriter } from './network-graph.js';
import type { Message } from './protobuf-writer.js';
import { Session } from './session.js';

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
  { precision = 'float32' }: { precision?: FloatType } = {},
): Prefix {
  const folded = foldBatchNorm({ network, weights });
  const graph = new GraphBuilder();
  const writer = new NetworkWriter(graph, folded.weights, precision);
  const pixels = graph.placeholder(DataType.uint8, [-1, ...inputOf(network).shape], 'pixels');
  const values = castTo(graph, pixels, 'uint8', precision);
  const last = writer.outputs(folded.network, values).get(outputOf(network).name)!;
  const float32 = { T: { type: DataType.float32 } };
  graph.node('Identity', [castTo(graph, last, precision, 'float32')], float32, { name: 'output' });
  return openPrefix(graphDef([graph.fragment()]), inputOf(network).shape, outputOf(network).shape);
}

/** Loads a graph from `pixels:0`, uint8 [batch, ...inputShape], to `output:0`, float32 [batch, ...outputShape]. */
export function openPrefix(
  graph: Message,
  inputShape: readonly number[],
  outputShape: readonly number[],
): Prefix {
  const session = new Session(graph);
  return {
    shape: outputShape,
    run: (pixels, count) => {
      const size = count * sizeOf(inputShape);
      if (pixels.length !== size) {
        throw new Error(`expected ${size} values for ${count} pictures but received ${pixels.length}`);
      }
      const binding = nativeBinding();
      const input = binding.createTensor([count, ...inputShape], DataType.uint8, pixels);
      try {
        const [output] = session.run([['pixels:0', input]], ['output:0']);
        const values = binding.tensorDataSync(output!.id) as Float32Array;
        binding.deleteTensor(output!.id);
        return values;
      } finally {
        binding.deleteTensor(input);
      }
    },
    dispose: () => session.close(),
  };
}
