/** Numbers in eight bits without a sign, and the way between them and float32 in a graph. */
import { DataType, type GraphBuilder, type Output } from '../graph/graph-def.js';
import type { Calibration } from './calibrate.js';

/** What eight bits stand for: (value − zero) · span / 255. */
export interface EightBits {
  /** From the least to the largest that they hold. */
  readonly span: number;
  /** The whole number, 0 to 255, that stands for 0: 0 where nothing is below it. */
  readonly zero: number;
}

/** A map in eight bits. */
export interface Quantised extends EightBits {
  readonly value: Output;
}

/** What is added to numbers so that none is below 0. */
export function offsetOf({ span, zero }: EightBits): number {
  return (zero * span) / 255;
}

/** What eight bits stand for in a layer's output. */
export function eightBitsOf({ ranges, lowest = {} }: Calibration, name: string): EightBits {
  const range = ranges[name];
  if (range === undefined) throw new Error(`the calibration has no range of '${name}'`);
  const least = lowest[name] ?? 0;
  const span = range - least;
  return { span, zero: Math.round((-least / span) * 255) };
}

/** Rounds a map in float32; what lies outside comes out as the least or the largest. */
export function quantised(graph: GraphBuilder, map: Output, bits: EightBits): Quantised {
  const offset = offsetOf(bits);
  const above = offset === 0 ? map : graph.node('AddV2', [map, graph.scalar(offset)], { T: float32 });
  return { ...bits, value: graph.node('QuantizeV2', [above, ...ends(graph, bits)], scaled) };
}

export function dequantised(graph: GraphBuilder, { value, ...bits }: Quantised): Output {
  const above = graph.node('Dequantize', [value, ...ends(graph, bits)], scaled);
  const offset = offsetOf(bits);
  return offset === 0 ? above : graph.node('Sub', [above, graph.scalar(offset)], { T: float32 });
}

/** The least and the largest number as TensorFlow's operations want them, which know no zero but 0. */
export function ends(graph: GraphBuilder, { span }: EightBits): [Output, Output] {
  return [graph.scalar(0), graph.scalar(span)];
}

export const float32 = { type: DataType.float32 };
export const quint8 = { type: DataType.quint8 };
const scaled = { T: quint8, mode: { text: 'SCALED' } };
