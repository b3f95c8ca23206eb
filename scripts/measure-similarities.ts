/**
 * Which way to compare vectors finds pictures of the same class best: each way's mean average precision over every
 * picture of a folder among the others, and its difference from plain cosines, picture by picture. Vectors come from the
 * feature store, or are computed into it.
 *
 *     npx tsx scripts/measure-similarities.ts FOLDER [NETWORK …]
 */
import { readCollection } from '../src/data/collection.js';
import { meanWithInterval } from '../src/evaluation/bootstrap.js';
import { averagePrecision } from '../src/evaluation/retrieval.js';
import { textTable } from '../src/report/table.js';
import { ranksOf } from '../src/retrieval/ranks.js';
import { readAll } from '../src/retrieval/rows.js';
import { pictureVectors } from '../src/runs/picture-vectors.js';
import { ensureTensorFlow } from '../src/runtime/install/ensure.js';
import { scriptArguments } from './helpers/arguments.js';

const { positionals } = scriptArguments(import.meta.url, { allowPositionals: true });
const [folder = 'data/pets/train', ...named] = positionals;
await ensureTensorFlow({ device: 'auto' });
const { tf } = await import('../src/runtime/tensorflow.js');

type Vectors = number[][];

// A vector of length 1 says in which direction it points; less the mean, in which direction it differs from the usual.

const unit = (rows: Vectors) =>
  rows.map((row) => {
    const length = Math.hypot(...row) || 1;
    return row.map((value) => value / length);
  });
const meanOf = (rows: Vectors) =>
  rows[0]!.map((_, k) => rows.reduce((sum, row) => sum + row[k]!, 0) / rows.length);
const centred = (rows: Vectors) => {
  const mean = meanOf(rows);
  return rows.map((row) => row.map((value, k) => value - mean[k]!));
};
const standardised = (rows: Vectors) => {
  const moved = centred(rows);
  const spread = meanOf(moved.map((row) => row.map((value) => value * value))).map(
    (v) => Math.sqrt(v) + 1e-6,
  );
  return moved.map((row) => row.map((value, k) => value / spread[k]!));
};

/**
 * Solves L·z = x for the Cholesky factor L of the covariance: z has uncorrelated values of variance 1. The cosines are
 * those of whitening by principal components, which differs by a rotation. `share` of the mean variance is added first.
 */
function whitened(rows: Vectors, share: number): Vectors {
  const x = centred(unit(rows));
  const covariance = tf.tidy(() => {
    const values = tf.tensor2d(x);
    return tf.div(tf.matMul(values, values, true), x.length).arraySync() as Vectors;
  });
  const usual = covariance.reduce((sum, row, k) => sum + row[k]!, 0) / covariance.length;
  const factor: Vectors = covariance.map((row) => row.map(() => 0));
  for (const [i, row] of covariance.entries()) {
    for (let j = 0; j <= i; j++) {
      let left = row[j]! + (i === j ? share * usual : 0);
      for (let k = 0; k < j; k++) left -= factor[i]![k]! * factor[j]![k]!;
      factor[i]![j] = i === j ? Math.sqrt(left) : left / factor[j]![j]!;
    }
  }
  return x.map((row) => {
    const z: number[] = [];
    for (const [i, value] of row.entries()) {
      let left = value;
      for (let k = 0; k < i; k++) left -= factor[i]![k]! * z[k]!;
      z.push(left / factor[i]![i]!);
    }
    return z;
  });
}

const ways: Record<string, (rows: Vectors) => Vectors> = {
  'dot products': (rows) => rows,
  cosines: unit,
  'less the mean, cosines': (rows) => unit(centred(rows)),
  'length 1, less the mean, cosines': (rows) => unit(centred(unit(rows))),
  'standardised, cosines': (rows) => unit(standardised(rows)),
  'square roots, cosines': (rows) => unit(rows.map((row) => row.map((v) => Math.sqrt(Math.max(0, v))))),
  'whitened with 10 mean variances': (rows) => unit(whitened(rows, 10)),
  'whitened with 1 mean variance': (rows) => unit(whitened(rows, 1)),
  'whitened with 0.001': (rows) => unit(whitened(rows, 0.001)),
};

function precisions(rows: Vectors, labels: readonly number[]): number[] {
  const products = tf.tidy(() => {
    const values = tf.tensor2d(rows);
    return tf.matMul(values, values, false, true).dataSync() as Float32Array;
  });
  return labels.flatMap((label, query) => {
    const row = products.subarray(query * labels.length, (query + 1) * labels.length);
    const { ranks } = ranksOf(
      row,
      (i) => i !== query,
      (i) => labels[i] === label,
    );
    return ranks.length > 0 ? [averagePrecision(ranks)] : [];
  });
}

const { pictures } = await readCollection(folder, { sorted: true });
for (const network of named.length > 0 ? named : ['squeezenet']) {
  const vectors = await pictureVectors(network, pictures, pictures.slice(0, 1), {});
  const { rows, pictures: usable } = vectors.collection;
  const values = readAll(rows);
  vectors.close();
  const all: Vectors = Array.from({ length: rows.count }, (_, i) => [
    ...values.subarray(i * rows.width, (i + 1) * rows.width),
  ]);
  const labels = usable.map(({ label }) => label);
  const plain = precisions(ways['cosines']!(all), labels);
  const table = Object.entries(ways).map(([name, way]) => {
    const found = precisions(way(all), labels);
    const { mean, ci95 } = meanWithInterval(found.map((value, i) => value - plain[i]!));
    const points = (share: number) => (100 * share).toFixed(1);
    return [
      name,
      `${points(meanWithInterval(found).mean)} %`,
      points(mean),
      ci95 ? `${points(ci95[0])} to ${points(ci95[1])}` : '–',
    ];
  });
  console.log(`${network}, ${all.length} pictures of ${folder}\n`);
  console.log(
    textTable(
      [['', 'mean average precision', 'points more than cosines', '95 % interval'], ...table],
      [1, 2, 3],
      120,
    ),
  );
}
