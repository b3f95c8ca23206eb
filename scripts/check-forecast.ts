/**
 * Checks the forecast of learning curves: hides half, or three quarters, of the training pictures, forecasts what all of
 * them would bring, and compares that with what they bring, on the same held-out pictures.
 *
 *     npx tsx scripts/check-forecast.ts DIR [BASE] [TIMES] [PARTS] [DRAWS] [FOLDER]
 *
 * FOLDER keeps what is done, for when it is interrupted. Prints a line for each random part, how far the forecasts lie off,
 * and how many of their 95 % intervals hold the truth.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { shuffledByClass } from '../src/data/draw-classes.js';
import { repeatedAccuracy } from '../src/evaluation/crossed-interval.js';
import { forecast } from '../src/evaluation/forecast.js';
import type { Draws } from '../src/runs/draw-fits.js';
import { extractRun } from '../src/runs/extract-run.js';
import { fitOptions } from '../src/runs/fit-work.js';
import { Journal } from '../src/runs/journal.js';
import { measureSizes, sizesOf } from '../src/runs/measure-curve.js';
import { prepare } from '../src/runs/prepare-run.js';
import { examplesOf } from '../src/runs/study.js';
import { resolveStudy } from '../src/runs/study-options.js';
import { closingAll } from '../src/runtime/closing.js';
import { Random } from '../src/runtime/random.js';
import { selectExamples } from '../src/features/examples.js';
import { UserError } from '../src/runtime/errors.js';
import { scriptArguments } from './helpers/arguments.js';

const { positionals } = scriptArguments(import.meta.url, { allowPositionals: true });
const [data, base = 'vgg16', times = '2', parts = '10', draws = '20', folder] = positionals;
if (data === undefined) throw new UserError('Expected the folder of the pictures. See --help.');
const out = folder ?? fs.mkdtempSync(path.join(os.tmpdir(), 'forecast-'));
const { options } = resolveStudy({}, { data, base: base as 'vgg16' });

await closingAll(async (keep) => {
  fs.mkdirSync(out, { recursive: true });
  const prepared = await prepare(options, {});
  const { features, split, pixels } = await extractRun(prepared, out, keep, {});
  pixels.close();
  const pool = [...split.train, ...split.validation];
  const classes = prepared.folder.labels.length;
  const all = examplesOf(features.store, [...pool, ...split.test]);
  const journal = new Journal(path.join(out, 'journal.jsonl'));

  /** The curve of some of the pool. */
  const curve = async (name: string, places: readonly number[], sizes: readonly number[] | undefined) => {
    const judged = split.test.map((_, i) => pool.length + i);
    const examples = selectExamples(all, [...places, ...judged]);
    const named = {
      has: (key: string) => journal.has(`${name} ${key}`),
      once: <T>(key: string, work: () => Promise<T>) => journal.once(`${name} ${key}`, work),
    };
    const shared: Draws = {
      network: 'head',
      pool: places.length,
      validationShare: options.validationFraction,
      classes,
      parts: prepared.plan.parts,
      options: fitOptions(options),
      seed: options.seed,
    };
    const wanted = sizesOf({ ...shared, labels: examples.labels }, sizes, 1);
    const study = { journal: named, folder: out, signal: undefined };
    return measureSizes(study, { shared, examples }, wanted, Number(draws), {});
  };

  const whole = pool.map((_, i) => i);
  const most = Math.max(
    ...prepared.folder.labels.map((_, label) => pool.filter((one) => one.label === label).length),
  );
  const [truth] = await curve('all', whole, [most]);
  const { accuracy } = repeatedAccuracy(truth!.right);
  console.log(`All ${pool.length} pictures: ${(100 * accuracy).toFixed(1)} %`);
  let [inside, error, better] = [0, 0, 0];
  for (let i = 0; i < Number(parts); i++) {
    const random = new Random(1000 + i);
    const labels = pool.map(({ label }) => label);
    const part = shuffledByClass(labels, classes, random).flatMap((places) =>
      places.slice(0, Math.round(places.length / Number(times))),
    );
    const measured = await curve(`part ${times} ${i}`, part, undefined);
    const [ahead] = forecast(measured, [Number(times)], random.fork('forecast'))!.points;
    const now = repeatedAccuracy(measured.at(-1)!.right).accuracy;
    const holds = ahead!.ci95[0] <= accuracy && accuracy <= ahead!.ci95[1];
    inside += Number(holds);
    error += Math.abs(ahead!.accuracy - accuracy);
    better += Math.abs(now - accuracy);
    const [from, to] = ahead!.ci95.map((share) => (100 * share).toFixed(1));
    console.log(
      `${part.length} pictures: ${(100 * now).toFixed(1)} %, forecast ${(100 * ahead!.accuracy).toFixed(1)} % (${from} to ${to})${holds ? '' : ' misses'}`,
    );
  }
  const n = Number(parts);
  console.log(
    `${inside} of ${n} intervals hold it; forecasts lie ${((100 * error) / n).toFixed(1)} points off, no forecast at all ${((100 * better) / n).toFixed(1)}.`,
  );
});
