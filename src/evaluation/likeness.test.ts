import { expect, test } from 'vitest';
import { Random } from '../runtime/random.js';
import {
  alarmRate,
  likenessesTo,
  likenessReference,
  likenessTo,
  pooledFeature,
  type ProductsOf,
  unlikeFigures,
} from './likeness.js';

const width = 16;

/** Features around a direction, of any length. */
function around(direction: number, random: Random): Float32Array {
  const length = random.between(1, 9);
  return Float32Array.from(
    { length: width },
    (_, i) => length * ((i === direction ? 1 : 0) + 0.1 * random.normal()),
  );
}

test('calls about as many of the trained kind unlike as it says, and all of another kind', () => {
  const random = new Random(2);
  const trained = Array.from({ length: 400 }, (_, i) => around(i % 3, random));
  const reference = likenessReference(400, width, (place) => trained[place]!, random)!;
  const of = (direction: () => number, count: number) =>
    Array.from({ length: count }, () => likenessTo(reference, around(direction(), random)));
  const same = unlikeFigures(
    reference,
    of(() => random.below(3), 2000),
  );
  expect(same.expected).toBe(0.02);
  expect(same.share).toBeGreaterThan(0.005);
  expect(same.share).toBeLessThan(0.04);
  expect(
    unlikeFigures(
      reference,
      of(() => 9, 50),
    ).share,
  ).toBe(1);
});

test('of a few pictures only what is further than all of them is called unlike', () => {
  const random = new Random(4);
  const trained = Array.from({ length: 9 }, () => around(0, random));
  const reference = likenessReference(9, width, (place) => trained[place]!, random)!;
  expect(alarmRate(reference)).toBe(0.1);
  expect(likenessTo(reference, around(5, random))).toMatchObject({ share: 0.1, unlike: true });
  expect(likenessReference(6, width, (place) => trained[place]!, random)).toBeUndefined();
});

test('of many pictures a part is kept', () => {
  const random = new Random(5);
  const reference = likenessReference(5000, width, () => around(0, random), random)!;
  expect(reference.scales).toHaveLength(2000);
  expect(reference.rows).toHaveLength(2000 * width);
});

test('the distances are the same where products are known about', () => {
  const random = new Random(7);
  const trained = Array.from({ length: 60 }, (_, i) => around(i % 3, random));
  const featureOf = (place: number) => trained[place]!;
  const productsOf: ProductsOf = (vectors, rows) =>
    vectors.map((vector) =>
      Float32Array.from({ length: rows.length / width }, (_, row) => {
        const product = vector.reduce((sum, value, i) => sum + value * rows[row * width + i]!, 0);
        return product * (1 + 1e-3 * random.between(-1, 1));
      }),
    );
  const exact = likenessReference(60, width, featureOf, new Random(0))!;
  expect(likenessReference(60, width, featureOf, new Random(0), productsOf)).toEqual(exact);
  const others = Array.from({ length: 20 }, (_, i) => around(i % 4, random));
  expect(likenessesTo(exact, others, productsOf)).toEqual(others.map((one) => likenessTo(exact, one)));
});

test('a picture without any feature is far from all', () => {
  const random = new Random(6);
  const reference = likenessReference(100, width, () => around(0, random), random)!;
  expect(likenessTo(reference, new Float32Array(width)).unlike).toBe(true);
});

test('activations are averaged channel by channel', () => {
  expect(pooledFeature(Float32Array.of(1, 10, 3, 20, 5, 30, 7, 40), [2, 2, 2])).toEqual(
    Float32Array.of(4, 25),
  );
  expect(pooledFeature(Float32Array.of(1, 10), [2])).toEqual(Float32Array.of(1, 10));
});
