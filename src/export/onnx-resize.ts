/** Resizing as ONNX operations, for pictures of any size: opset 17's own Resize cannot reduce with antialiasing. */
import { type OnnxGraph, OnnxType } from '../formats/onnx-writer.js';

/** How pictures of any size come to the network's. */
export type OnnxResize =
  | { readonly way: 'squash' | 'crop' }
  /** @param bars the colour of bars: a value for each channel. */
  | { readonly way: 'letterbox'; readonly bars: readonly number[] };

/**
 * Pictures brought to a network's size: linear between the centres of pixels where they are enlarged, a triangle as
 * wide as the reduction asks where they are reduced, whole numbers at last: what Pillow's BILINEAR computes (Pillow's
 * `precompute_coeffs`), and `enlarge` here. A side is resized by a matrix [to, from] of the shares that pixels have in each
 * other; a side that has its size already comes through bit by bit.
 *
 * @param pixels float32 [batch, any height, any width, channels].
 * @returns float32 whole numbers [batch, channels, height, width].
 */
export function writeOnnxResize(
  graph: OnnxGraph,
  pixels: string,
  [height, width, channels]: readonly [number, number, number],
  resize: OnnxResize,
): string {
  const sides = [
    { to: height, from: side(graph, pixels, 1) },
    { to: width, from: side(graph, pixels, 2) },
  ] as const;
  const [rows, columns] = ways[resize.way](graph, sides);
  const down = shares(graph, rows!, sides[0]);
  const across = shares(graph, columns!, sides[1]);

  // Rows first, on pixels as they lie: turning a large picture to channels first costs more than resizing it.
  const lines = reshape(graph, pixels, [0, 0, -1]);
  const reduced = reshape(graph, graph.node('MatMul', [down, lines]), [0, height, -1, channels]);
  const planes = graph.node('Transpose', [reduced], { perm: { ints: [0, 3, 1, 2] } });
  const turned = graph.node('Transpose', [across], { perm: { ints: [1, 0] } });
  let values = graph.node('MatMul', [planes, turned]);
  if (resize.way === 'letterbox') {
    values = withBars(graph, values, [rows!.inside!, columns!.inside!], resize.bars);
  }
  const whole = graph.node('Floor', [graph.node('Add', [values, graph.scalar(0.5)])]);
  return reshape(graph, whole, [-1, channels, height, width]);
}

interface Side {
  /** Pixels of the network's picture. */
  readonly to: number;
  /** Pixels of the picture given: a number in the graph. */
  readonly from: string;
}

/** Where the pixels of one side lie in the picture given. */
interface Places {
  /** Their centres [to, 1]. */
  readonly centres: string;
  /** Pixels given a pixel made. */
  readonly scale: string;
  /** Of a letterbox: 1 for pixels of the picture, 0 for those of bars [to, 1]. */
  readonly inside?: string;
}

/** How many pixels a side has, as a number in float32. */
function side(graph: OnnxGraph, pixels: string, axis: number): string {
  const size = graph.node('Shape', [pixels], { start: { int: axis }, end: { int: axis + 1 } });
  const number = graph.node('Squeeze', [size]);
  return graph.node('Cast', [number], { to: { int: OnnxType.float32 } });
}

const ways: Record<OnnxResize['way'], (graph: OnnxGraph, sides: readonly [Side, Side]) => Places[]> = {
  squash: (graph, sides) =>
    sides.map(({ to, from }) => {
      const scale = graph.node('Div', [from, graph.scalar(to)]);
      return { scale, centres: graph.node('Mul', [middles(graph, to), scale]) };
    }),
  crop: (graph, sides) => {
    const scale = graph.node('Min', scales(graph, sides));
    return sides.map(({ to, from }) => {
      const fromMiddle = graph.node('Mul', [middles(graph, to, -to / 2), scale]);
      const middle = graph.node('Mul', [from, graph.scalar(0.5)]);
      return { scale, centres: graph.node('Add', [fromMiddle, middle]) };
    });
  },
  letterbox: (graph, sides) => {
    const shared = graph.node('Max', scales(graph, sides));
    return sides.map(({ to, from }) => {
      const exact = graph.node('Div', [from, shared]);
      const nearest = graph.node('Floor', [graph.node('Add', [exact, graph.scalar(0.5)])]);
      const size = graph.node('Max', [nearest, graph.scalar(1)]);
      const bars = graph.node('Sub', [graph.scalar(to), size]);
      // Of two that are as near, the even one, as Pillow places what it pads: ONNX rounds so.
      const begin = graph.node('Round', [graph.node('Mul', [bars, graph.scalar(0.5)])]);
      const at = graph.node('Sub', [middles(graph, to), begin]);
      const scale = graph.node('Div', [from, size]);
      const after = graph.node('Greater', [at, graph.scalar(0)]);
      const inside = graph.node('And', [after, graph.node('Less', [at, size])]);
      return {
        scale,
        centres: graph.node('Mul', [at, scale]),
        inside: graph.node('Cast', [inside], { to: { int: OnnxType.float32 } }),
      };
    });
  },
};

function scales(graph: OnnxGraph, sides: readonly Side[]): string[] {
  return sides.map(({ to, from }) => graph.node('Div', [from, graph.scalar(to)]));
}

/** The centres of pixels [to, 1], in pixels. */
function middles(graph: OnnxGraph, to: number, shift = 0): string {
  const data = Float32Array.from({ length: to }, (_, i) => i + 0.5 + shift);
  return graph.tensor('centres', { shape: [to, 1], data });
}

/** What share each pixel given has in each pixel made [to, from]; a row adds up to 1. */
function shares(graph: OnnxGraph, { centres, scale }: Places, { from }: Side): string {
  const first = graph.scalar(0.5);
  const given = graph.node('Range', [first, graph.node('Add', [from, first]), graph.scalar(1)]);
  const apart = graph.node('Abs', [graph.node('Sub', [given, centres])]);
  const reach = graph.node('Max', [scale, graph.scalar(1)]);
  const near = graph.node('Sub', [graph.scalar(1), graph.node('Div', [apart, reach])]);
  const triangle = graph.node('Relu', [near]);
  const sum = graph.node('ReduceSum', [triangle, graph.integers(1)], { keepdims: { int: 1 } });
  // Rows of bars have no pixel near them.
  const some = graph.node('Max', [sum, graph.scalar(1e-6)]);
  return graph.node('Div', [triangle, some]);
}

/** @param inside which rows and which columns are the picture's. */
function withBars(
  graph: OnnxGraph,
  values: string,
  [rows, columns]: readonly [string, string],
  bars: readonly number[],
): string {
  const across = graph.node('Transpose', [columns], { perm: { ints: [1, 0] } });
  const picture = graph.node('Mul', [rows, across]);
  const colour = graph.tensor('bars', { shape: [bars.length, 1, 1], data: Float32Array.from(bars) });
  const outside = graph.node('Sub', [graph.scalar(1), picture]);
  const kept = graph.node('Mul', [values, picture]);
  return graph.node('Add', [kept, graph.node('Mul', [colour, outside])]);
}

function reshape(graph: OnnxGraph, values: string, sides: readonly number[]): string {
  return graph.node('Reshape', [values, graph.integers(...sides)]);
}
