import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { conformalThreshold, fewestForCoverage } from '../evaluation/conformal.js';
import type { LikenessReference } from '../evaluation/likeness.js';
import { predictedClass } from '../evaluation/predictions.js';
import type { SureAnswer } from '../evaluation/selective.js';
import { UserError } from '../runtime/errors.js';
import { readRecord } from '../runtime/record-file.js';
import type { Trained } from '../training/trained.js';
import { trainAgain } from './record.js';

/** What a run keeps of the pictures that calibrated it: none of these was in the fit that judged it. */
export interface Sureness {
  /** How they were judged: by fits to the other folds of all pictures but the held-out ones, or set aside. */
  readonly from: 'folds' | 'validation';
  /** None where nothing could judge. For each: the probability of its true class, that of the answer, and whether this was right. */
  readonly pictures: readonly (SureAnswer & { readonly truth: number })[];
  /** By which pictures are known that are unlike all that were trained on; absent of a handful. */
  readonly likeness?: LikenessReference;
}

/** Its file in the folder of a run. */
export const surenessFile = 'sureness.json';

const probability = z.number().min(0).max(1);
const bytes = z.base64().transform((text) => Buffer.from(text, 'base64'));

const likenessSchema = z
  .object({
    width: z.number().int().positive(),
    rows: bytes,
    scales: z.array(z.number().positive()),
    distances: z.array(z.number().min(0)).min(1),
  })
  .refine(
    ({ width, rows, scales, distances }) =>
      rows.length === width * scales.length && distances.length === scales.length,
    'expected as many features as distances',
  )
  .transform(({ width, rows, scales, distances }): LikenessReference => ({
    width,
    rows: Int8Array.from(new Int8Array(rows.buffer, rows.byteOffset, rows.length)),
    scales: Float32Array.from(scales),
    distances: Float32Array.from(distances),
  }));

const schema = z
  .object({
    version: z.literal(1),
    from: z.enum(['folds', 'validation']),
    truth: z.array(probability),
    confidence: z.array(probability),
    right: z.array(z.boolean()),
    likeness: likenessSchema.exactOptional(),
  })
  .refine(
    ({ truth, confidence, right }) => truth.length === confidence.length && truth.length === right.length,
    'expected a probability of the answer, and whether it was right, for each picture',
  );

/** What a trained classifier's calibration pictures say of it. */
export function surenessOf(
  { calibration, folds }: Pick<Trained, 'calibration' | 'folds'>,
  likeness: LikenessReference | undefined,
): Sureness {
  const { probabilities, labels } = calibration;
  const pictures = probabilities.map((row, i) => {
    const answer = predictedClass(row);
    return { truth: row[labels[i]!]!, confidence: row[answer]!, right: answer === labels[i] };
  });
  return { from: folds === undefined ? 'validation' : 'folds', pictures, ...(likeness && { likeness }) };
}

/** The text of its file. */
export function surenessText({ from, pictures, likeness }: Sureness): string {
  const rounded = (value: number) => Number(value.toPrecision(9)); // enough for float32 to come back as it was
  const record = {
    version: 1,
    from,
    truth: pictures.map(({ truth }) => rounded(truth)),
    confidence: pictures.map(({ confidence }) => rounded(confidence)),
    right: pictures.map(({ right }) => right),
    ...(likeness && {
      likeness: {
        width: likeness.width,
        scales: Array.from(likeness.scales, rounded),
        distances: Array.from(likeness.distances, rounded),
        rows: Buffer.from(likeness.rows.buffer).toString('base64'),
      },
    }),
  };
  return `${JSON.stringify(record)}\n`;
}

/**
 * Reads what a run knows of its own sureness; undefined of runs of older versions, and where only `model/` was kept.
 *
 * @throws UserError when the file is damaged.
 */
export function readSureness(run: string): Sureness | undefined {
  const file = path.join(run, surenessFile);
  if (!fs.existsSync(file)) return undefined;
  const { from, truth, confidence, right, likeness } = readRecord(
    file,
    schema,
    'the calibration of a run',
    trainAgain,
  );
  const pictures = truth.map((one, i) => ({ truth: one, confidence: confidence[i]!, right: right[i]! }));
  return { from, pictures, ...(likeness && { likeness }) };
}

/**
 * From which probability on a class belongs to a picture's set, see `conformalThreshold`.
 *
 * @throws UserError when the run has too few calibration pictures for that coverage, or none on record.
 */
export function setThreshold(sureness: Sureness | undefined, coverage: number, run: string): number {
  if (!(coverage > 0 && coverage < 1))
    throw new UserError(`Expected --coverage between 0 and 1 but received ${coverage}. For 90 % write 0.9.`);
  if (!sureness) {
    throw new UserError(
      `Expected calibration pictures for --coverage but '${run}' has no ${surenessFile}: it is of an older version, or not a run. Train it again.`,
    );
  }
  const n = sureness.pictures.length;
  if (n === 0) {
    throw new UserError(
      `Expected calibration pictures for --coverage but '${run}' has none: with one picture a class there is nothing to judge by. Train on more pictures.`,
    );
  }
  if (n < fewestForCoverage(coverage)) {
    const highest = Math.floor((1000 * n) / (n + 1)) / 1000;
    throw new UserError(
      `Expected at least ${fewestForCoverage(coverage)} calibration pictures for --coverage ${coverage} ` +
        `(n with (n + 1) · ${coverage} ≤ n) but '${run}' has ${n}, enough for at most ${n}/${n + 1}. Ask for ${highest} or less, or train on more pictures.`,
    );
  }
  return conformalThreshold(
    sureness.pictures.map(({ truth }) => truth),
    coverage,
  );
}
