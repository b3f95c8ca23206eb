import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { tf } from '../runtime/tensorflow.js';
import type { PlaceMap } from './class-activation-map.js';
import { cellOf } from './cells.js';
import type { Target } from './target.js';

/** Along a side: of 224 pixels, eight are a place. */
const [fewestCells, mostCells] = [14, 28];

/**
 * Integrated gradients (Sundararajan et al. 2017, equation 1): a place gets what its channels differ from nothing by,
 * times the score's gradient, averaged over the straight way from nothing to the map. The places add up to the score
 * less that of nothing (their axiom of completeness), as nearly as `steps` (midpoints of that way) allow. Of large maps
 * squares of neighbours are one place: single pixels get shares that cancel out.
 */
export function integratedGradients(target: Target, steps: number): PlaceMap[] {
  const { map, score, questions } = target;
  const [pictures, height, width] = map.shape;
  const { values, constants } = tf.tidy(() => {
    const nothing = target.nothing();
    const difference = tf.sub(map, nothing);
    const gradient = tf.grad((x: Tensor) => tf.sum(score(x)));
    let sum: Tensor = tf.zerosLike(map);
    for (let step = 0; step < steps; step++) {
      sum = tf.tidy(() => {
        const between = tf.add(nothing, tf.mul(difference, (step + 0.5) / steps));
        const next = tf.add(sum, gradient(between as Tensor4D));
        sum.dispose();
        return next;
      });
    }
    const places = tf.sum(tf.mul(difference, tf.div(sum, steps)), 3);
    return {
      values: tf.reshape(places, [pictures, -1]).arraySync() as number[][],
      constants: score(nothing).arraySync() as number[],
    };
  });
  return questions.map((_, i) => ({ ...summedUp(values[i]!, height, width), constant: constants[i]! }));
}

/** The sums over squares of a map that has more places than are told apart. */
function summedUp(places: readonly number[], height: number, width: number) {
  const [rows, columns] = [cellsAlong(height), cellsAlong(width)];
  const values = new Array<number>(rows * columns).fill(0);
  for (const [i, value] of places.entries()) values[cellOf(i, { height, width, rows, columns })]! += value;
  return { height: rows, width: columns, values };
}

/** So many that all are as large, if that can be. */
function cellsAlong(side: number): number {
  for (let cells = mostCells; cells >= fewestCells; cells--) if (side % cells === 0) return cells;
  return Math.min(mostCells, side);
}
