import type { Tensor4D } from '@tensorflow/tfjs';
import { tf } from '../runtime/tensorflow.js';
import type { PlaceMap } from './class-activation-map.js';
import { cellOf } from './cells.js';
import type { Target } from './target.js';

/** Along a side; a window covers two of them, so that neighbouring windows overlap by half. */
const mostCells = 8;

/** Covered maps that go through the network at once. */
const batchSize = 16;

/**
 * Occlusion (Zeiler & Fergus 2014, section 4.2): a window slides over the map and covers it with nothing; a cell gets
 * the mean of what the score loses under the windows that cover it. Nothing is approximated, but nothing adds up either.
 */
export function occlusion(target: Target): PlaceMap[] {
  const [, height, width] = target.map.shape;
  const [rows, columns] = [Math.min(mostCells, height), Math.min(mostCells, width)];
  const windows = windowsOver(rows, columns);
  return target.questions.map((_, picture) => {
    const losses = lossesOf(
      target,
      picture,
      windows.map((cells) => openMask(cells, rows, columns, target.map)),
    );
    const values = Array.from({ length: rows * columns }, (__, cell) => {
      const covering = losses.filter((___, w) => windows[w]!.includes(cell));
      return covering.reduce((sum, loss) => sum + loss, 0) / covering.length;
    });
    return { height: rows, width: columns, values };
  });
}

/** The cells that each window covers. */
function windowsOver(rows: number, columns: number): number[][] {
  const [tall, wide] = [Math.min(2, rows), Math.min(2, columns)];
  const windows: number[][] = [];
  for (let y = 0; y + tall <= rows; y++) {
    for (let x = 0; x + wide <= columns; x++) {
      const cells = [0, 1]
        .slice(0, tall)
        .flatMap((dy) => [0, 1].slice(0, wide).map((dx) => (y + dy) * columns + x + dx));
      windows.push(cells);
    }
  }
  return windows;
}

/** 1 where the map stays, 0 under the window. */
function openMask(cells: readonly number[], rows: number, columns: number, map: Tensor4D): Float32Array {
  const [, height, width] = map.shape;
  const covered = new Set(cells);
  return Float32Array.from({ length: height * width }, (_, i) => {
    const cell = cellOf(i, { height, width, rows, columns });
    return covered.has(cell) ? 0 : 1;
  });
}

function lossesOf(target: Target, picture: number, masks: readonly Float32Array[]): number[] {
  const { map, score } = target;
  const [, height, width, channels] = map.shape;
  return tf.tidy(() => {
    const row = (of: Tensor4D) => tf.slice(of, [picture, 0, 0, 0], [1, height, width, channels]);
    const [own, nothing] = [row(map), row(target.nothing())];
    const whole = score(own, { picture }).dataSync()[0]!;
    const losses: number[] = [];
    for (let start = 0; start < masks.length; start += batchSize) {
      const scores = tf.tidy(() => {
        const batch = masks.slice(start, start + batchSize);
        const shape: [number, number, number, number] = [batch.length, height, width, 1];
        const open = tf.tensor4d(Float32Array.from(batch.flatMap((mask) => [...mask])), shape);
        const covered = tf.add(nothing, tf.mul(tf.sub(own, nothing), open));
        return score(covered, { picture }).dataSync();
      });
      for (const one of scores) losses.push(whole - one);
    }
    return losses;
  });
}
