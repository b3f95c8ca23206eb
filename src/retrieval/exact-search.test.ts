import { expect, test } from 'vitest';
import { nativeBinding, tf } from '../runtime/tensorflow.js';
import { Random } from '../runtime/random.js';
import { CentredCosine, centredCosineOf } from './centred.js';
import { allSimilarities, searchExactly } from './exact-search.js';
import { ranksOf } from './ranks.js';
import { blockRows, rowsInMemory } from './rows.js';

const width = 24;

function made(count: number, seed: number): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length: count * width }, () => random.normal() + 0.5);
}

/** In float64, one vector after the other, straight from the definition. */
function byHand(collection: Float32Array, queries: Float32Array): number[][] {
  const rows = (values: Float32Array) =>
    Array.from({ length: values.length / width }, (_, i) => [...values.subarray(i * width, (i + 1) * width)]);
  const unit = (row: readonly number[]) => {
    const length = Math.hypot(...row);
    return row.map((value) => value / length);
  };
  const units = rows(collection).map(unit);
  const mean = Array.from(
    { length: width },
    (_, k) => units.reduce((sum, row) => sum + row[k]!, 0) / units.length,
  );
  const centred = (row: readonly number[]) => unit(row.map((value, k) => value - mean[k]!));
  const known = units.map(centred);
  return rows(queries)
    .map(unit)
    .map(centred)
    .map((query) => known.map((row) => row.reduce((sum, value, k) => sum + value * query[k]!, 0)));
}

test('finds what comparing all of them one by one finds, over several blocks', async () => {
  const [values, queries] = [made(2 * blockRows + 37, 1), made(5, 2)];
  const rows = rowsInMemory(values, width);
  const cosine = await centredCosineOf(rows);
  const found = await searchExactly(rows, queries.slice(), cosine, 20);
  for (const [i, similarities] of byHand(values, queries).entries()) {
    const expected = similarities
      .map((similarity, place) => ({ similarity, place }))
      .sort((a, b) => b.similarity - a.similarity)
      .slice(0, 20);
    expect(found[i]!.map(({ place }) => place)).toEqual(expected.map(({ place }) => place));
    for (const [k, { similarity }] of found[i]!.entries()) {
      expect(similarity).toBeCloseTo(expected[k]!.similarity, 5);
    }
  }
});

test('more queries than fit in one product are answered in their order', async () => {
  const values = made(1500, 3);
  const rows = rowsInMemory(values, width);
  const found = await searchExactly(rows, values.slice(), await centredCosineOf(rows), 1);
  expect(found.map(([first]) => first!.place)).toEqual(Array.from({ length: 1500 }, (_, i) => i));
});

test('what is left out makes place for the next; fewer vectors than asked for are all found', async () => {
  const values = made(4, 4);
  const rows = rowsInMemory(values, width);
  const cosine = await centredCosineOf(rows);
  const query = values.slice(0, width);
  const [all] = await searchExactly(rows, query.slice(), cosine, 10);
  const [others] = await searchExactly(rows, query.slice(), cosine, 10, { leftOut: [new Set([0])] });
  expect(all!.map(({ place }) => place)[0]).toBe(0);
  expect(others).toEqual(all!.slice(1));
});

test('of equals the first comes first, and a vector of zeros is like nothing', async () => {
  const values = new Float32Array(3 * width);
  values.set([1, 2], width);
  values.set([1, 2], 2 * width);
  const cosine = new CentredCosine(new Float32Array(width));
  const [found] = await searchExactly(rowsInMemory(values, width), values.slice(width, 2 * width), cosine, 3);
  expect(found!.map(({ place }) => place)).toEqual([1, 2, 0]);
  expect(found!.map(({ similarity }) => Math.round(similarity * 1e6) / 1e6)).toEqual([1, 1, 0]);
});

test('whole rankings agree with the search', async () => {
  const values = made(200, 5);
  const rows = rowsInMemory(values, width);
  const cosine = await centredCosineOf(rows);
  const found = await searchExactly(rows, values.slice(), cosine, 3);
  let query = 0;
  for await (const similarities of allSimilarities(rows, values.slice(), cosine)) {
    const relevant = new Set(found[query]!.map(({ place }) => place));
    const { ranks, ranked } = ranksOf(
      similarities,
      () => true,
      (place) => relevant.has(place),
    );
    expect({ ranks, ranked }).toEqual({ ranks: [1, 2, 3], ranked: 200 });
    query++;
  }
  expect(query).toBe(200);
});

test('values that are no numbers are an error that names the cause', async () => {
  const rows = rowsInMemory(made(3, 6).fill(NaN, 5, 6), width);
  await expect(centredCosineOf(rows)).rejects.toThrow(/no numbers: its weights are damaged/);
});

test('a search that is stopped, and one that ends, leave no tensors', async () => {
  const rows = rowsInMemory(made(2 * blockRows, 7), width);
  const cosine = await centredCosineOf(rows);
  const before = [tf.memory().numTensors, nativeBinding().getNumOfTensors()];
  await searchExactly(rows, made(3, 8), cosine, 5);
  for await (const _ of allSimilarities(rows, made(3, 8), cosine)) void _;
  const stop = new AbortController();
  const stopped = searchExactly(rows, made(3, 8), cosine, 5, {
    signal: stop.signal,
    onProgress: () => stop.abort(new Error('enough')),
  });
  await expect(stopped).rejects.toThrow('enough');
  expect([tf.memory().numTensors, nativeBinding().getNumOfTensors()]).toEqual(before);
});
