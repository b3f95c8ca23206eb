import { createHash } from 'node:crypto';
import type { WeightedNetwork } from '../models/compose.js';
import { inputOf, type Layer } from '../models/network.js';
import { foldBatchNorm } from '../models/fold-batch-norm.js';
import { DataType, type GraphBuilder, type Output } from '../graph/graph-def.js';
import { type CalibratedFor, planInt8 } from './int8-plan.js';
import { productsSaturate } from '../runtime/cpu.js';
import { fetchFor, openGraph, openPrefix, type PixelBatch, type Prefix, prefixGraph } from './prefix.js';

/** How large activations get: what an int8 graph needs to know besides the weights. */
export interface Calibration extends CalibratedFor {
  /** For each layer that is quantised, the largest output that eight bits shall hold. */
  readonly ranges: Readonly<Record<string, number>>;
}

/** Identifies a calibration, for the key of what is computed with it: a SHA-256 digest in hexadecimal. */
export function calibrationDigest({ ranges, pixels, lowest, largestWeight }: Calibration): string {
  const entries = Object.entries(ranges).sort();
  const least = lowest && { lowest: Object.entries(lowest).sort() };
  return createHash('sha256')
    .update(
      JSON.stringify(
        pixels || least || largestWeight ? { entries, pixels, ...least, largestWeight } : entries,
      ),
    )
    .digest('hex');
}

/** Room beyond the largest value seen, and the least one below 0, for pictures that go further: more where few were seen. */
const marginAfter = (pictures: number) => (pictures < 8 ? 1.38 : 1.2);

/** A frozen network in float32 that can also say how large its activations get. */
export interface CalibratingPrefix extends Prefix {
  calibrate(batches: readonly PixelBatch[]): Calibration;
  /**
   * As `run`, from the graph that has calibrated, which is set up already. Where that is not yet so, it comes later than
   * from `run`.
   */
  runCalibrated(pixels: Uint8Array, count: number): Float32Array;
}

/**
 * Runs a network in float32 on some pictures of the kind that it will see, 4 to 16, and notes each quantised layer's
 * largest value and, where there are values below 0, its least.
 *
 * Not less than the largest: VGG-16's features live in few, large activations, and clipping them costs more than
 * coarser steps. Measured on 32 held-out pictures of cats and dogs, with 32 others to calibrate, the cosine to
 * float32's features is 0.9992 with the maximum, 0.9974 with the 99.999th percentile, 0.988 with the 99.99th, 0.9972
 * with the least squared error; least relative entropy chooses the maximum. With 16 to calibrate the maximum gives
 * 0.9989, and a quarter more than it 0.9992. Of few pictures of 320 pixels see docs/decisions.md.
 */
export function calibrate(weighted: WeightedNetwork, batches: readonly PixelBatch[]): Calibration {
  const prefix = compileCalibrating(weighted);
  try {
    return prefix.calibrate(batches);
  } finally {
    prefix.dispose();
  }
}

/** One session for both, so that who needs both loads the network once. */
export function compileCalibrating(weighted: WeightedNetwork): CalibratingPrefix {
  const { network, weights } = foldBatchNorm(weighted);
  const { ranged, signed, pixels } = planInt8(network);
  const { graph, outputs } = prefixGraph({ network, weights }, 'float32');
  const below = [...signed];
  const extremes = [
    ...ranged.map((name) => reduced(graph, 'Max', outputs.get(name)!)),
    ...below.map((name) => reduced(graph, 'Min', outputs.get(name)!)),
  ];
  const session = openGraph(graph);
  // Always all of it: for each set of outputs TensorFlow prepares the whole network anew.
  const observe = (batch: PixelBatch) =>
    fetchFor(session, inputOf(network).shape, batch, ['output:0', ...extremes]);
  return {
    ...openPrefix(session, network),
    runCalibrated: (pixels, count) => observe({ pixels, count })[0]!,
    calibrate(batches) {
      // A layer that puts out nothing but zeros keeps a range that can be divided by.
      const highest = ranged.map(() => 1e-6);
      const lowest = below.map(() => 0);
      for (const batch of ranged.length > 0 ? batches : []) {
        const [, ...seen] = observe(batch);
        seen.forEach(([value], i) => {
          const least = i - ranged.length;
          if (least < 0) highest[i] = Math.max(highest[i]!, value!);
          else lowest[least] = Math.min(lowest[least]!, value!);
        });
      }
      const margin = marginAfter(batches.reduce((sum, { count }) => sum + count, 0));
      const bounds = new Map(network.layers.map((layer) => [layer.name, largestOf(layer)]));
      const range = (name: string, i: number) => Math.min(highest[i]! * margin, bounds.get(name)!);
      return {
        ranges: Object.fromEntries(ranged.map((name, i) => [name, range(name, i)])),
        ...(pixels.size > 0 && { pixels: true }),
        lowest: Object.fromEntries(below.map((name, i) => [name, lowest[i]! * margin])),
        ...(productsSaturate() && { largestWeight: 64 }),
      };
    },
  };
}

/** What no output of a layer exceeds. */
function largestOf(layer: Layer): number {
  return 'activation' in layer && layer.activation === 'relu6' ? 6 : Number.POSITIVE_INFINITY;
}

const float32 = { type: DataType.float32 };
const int32 = { type: DataType.int32 };

function reduced(graph: GraphBuilder, op: 'Max' | 'Min', map: Output): Output {
  const flat = graph.node('Reshape', [map, graph.ints([-1])], { T: float32, Tshape: int32 });
  return graph.node(op, [flat, graph.ints([0])], { T: float32, Tidx: int32 });
}
