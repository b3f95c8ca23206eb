import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { pixelsSeen } from '../arithmetic/receptive-field.js';
import { tf } from '../runtime/tensorflow.js';
import type { MapField } from '../summary/network-receptive-fields.js';

/** Where a channel of a map answers most to a picture. */
export interface Peak {
  readonly value: number;
  readonly y: number;
  readonly x: number;
}

/** Of each picture, for each channel, the largest value and its place. @param map [pictures, height, width, channels]. */
export function peaksOf(map: Tensor4D): Peak[][] {
  const [pictures, height, width, channels] = map.shape;
  const [values, places] = tf.tidy(() => {
    const flat = tf.reshape(map, [pictures, height * width, channels]);
    return [tf.max(flat, 1).arraySync(), tf.argMax(flat, 1).arraySync()] as [number[][], number[][]];
  });
  return values.map((row, i) =>
    row.map((value, c) => ({ value, y: Math.floor(places[i]![c]! / width), x: places[i]![c]! % width })),
  );
}

/** A part of a picture, in pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The part of the picture that a place of a map sees, without the padding around. */
export function boxSeen(
  { down, across }: MapField,
  { y, x }: Pick<Peak, 'y' | 'x'>,
  picture: { height: number; width: number },
): Box {
  const [rows, columns] = [pixelsSeen(down, y), pixelsSeen(across, x)];
  const [top, left] = [Math.max(0, rows.first), Math.max(0, columns.first)];
  return {
    left,
    top,
    width: Math.max(1, Math.min(picture.width - 1, columns.last) - left + 1),
    height: Math.max(1, Math.min(picture.height - 1, rows.last) - top + 1),
  };
}

/** The channels whose answers differ most between pictures: the largest standard deviation of their peaks first. */
export function mostTelling(peaks: readonly (readonly Peak[])[], count: number): number[] {
  const channels = peaks[0]!.map((_, c) => {
    const values = peaks.map((row) => row[c]!.value);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return { c, spread: values.reduce((sum, value) => sum + (value - mean) ** 2, 0), mean };
  });
  // of a single picture nothing differs: then those that answer most
  return channels
    .sort((a, b) => b.spread - a.spread || b.mean - a.mean)
    .slice(0, count)
    .map(({ c }) => c);
}

/** Channels of one picture's map as grey pictures: black is 0 or less, white the channel's largest value there. */
export function channelPictures(
  map: Tensor,
  channels: readonly number[],
): { rgb: Uint8Array; height: number; width: number }[] {
  const [height, width, depth] = map.shape.slice(-3) as [number, number, number];
  const values = map.dataSync();
  return channels.map((channel) => {
    let largest = 1e-30;
    for (let place = 0; place < height * width; place++)
      largest = Math.max(largest, values[place * depth + channel]!);
    const rgb = Uint8Array.from({ length: 3 * height * width }, (_, i) =>
      Math.round((255 * Math.max(0, values[Math.floor(i / 3) * depth + channel]!)) / largest),
    );
    return { rgb, height, width };
  });
}
