import type { Examples } from '../features/examples.js';
import { centredCosineOf } from './centred.js';
import { type Match, searchExactly } from './exact-search.js';
import { rowsFrom } from './rows.js';

/**
 * For each example that is asked about the training examples nearest to it, the nearest first, compared as pictures are
 * that are looked for (`CentredCosine`). Maps count by the means of their channels.
 *
 * @param places among `examples`. @param most neighbours of each.
 */
export async function nearestExamples(
  train: Examples,
  examples: Examples,
  places: readonly number[],
  most: number,
): Promise<Match[][]> {
  if (places.length === 0) return [];
  const among = channelMeans(train);
  const range = (start: number, end: number) => Array.from({ length: end - start }, (_, i) => start + i);
  const rows = rowsFrom(among.size, among.shape[0]!, (start, end) => among.read(range(start, end)).slice());
  const asked = channelMeans(examples).read(places).slice();
  return searchExactly(rows, asked, await centredCosineOf(rows), most);
}

/** Examples that are maps by the means of their channels; others as they are. */
function channelMeans(examples: Examples): Examples {
  const { shape } = examples;
  if (shape.length === 1) return examples;
  const channels = shape.at(-1)!;
  const spots = shape.slice(0, -1).reduce((product, side) => product * side, 1);
  return {
    ...examples,
    shape: [channels],
    read(places) {
      const means = new Float32Array(places.length * channels);
      for (const [row, place] of places.entries()) {
        const map = examples.read([place]);
        for (let i = 0; i < map.length; i++) means[row * channels + (i % channels)]! += map[i]! / spots;
      }
      return means;
    },
  };
}
