/**
 * Today's default against the former one, a head trained by steps on averages at 224 pixels: errors on held-out pictures
 * after training on 5, 10, 20 and all pictures of each class. Each resample deals all pictures of a folder anew: a fifth of
 * each class is held out, and of the others the sizes are drawn, the larger holding the smaller. Both defaults see the same.
 * Copies are left out first.
 *
 *     FINETUNE_ZOO=./weights npx tsx scripts/against-former.ts ./pets37 ./hymenoptera [--resamples 20] [--sizes 5,10,20]
 *         [--folder ./against-former]
 *
 * --folder keeps what is done, for when it is interrupted.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { shuffledByClass } from '../src/data/draw-classes.js';
import { repeatedAccuracy } from '../src/evaluation/crossed-interval.js';
import { pairedDifference } from '../src/evaluation/paired-repetitions.js';
import { selectExamples } from '../src/features/examples.js';
import type { Draws } from '../src/runs/draw-fits.js';
import { extractRun } from '../src/runs/extract-run.js';
import { fitOptions } from '../src/runs/fit-work.js';
import { Journal } from '../src/runs/journal.js';
import { measureSizes, sizesOf } from '../src/runs/measure-curve.js';
import { prepare } from '../src/runs/prepare-run.js';
import { examplesOf } from '../src/runs/study.js';
import { resolveStudy, type StudyOptions } from '../src/runs/study-options.js';
import { closingAll } from '../src/runtime/closing.js';
import { ensureTensorFlow } from '../src/runtime/install/ensure.js';
import { UserError } from '../src/runtime/errors.js';
import { Random } from '../src/runtime/random.js';
import { scriptArguments } from './helpers/arguments.js';

const { positionals, values } = scriptArguments(import.meta.url, {
  allowPositionals: true,
  options: {
    resamples: { type: 'string', default: '20' },
    sizes: { type: 'string', default: '5,10,20' },
    folder: { type: 'string' },
  },
});
if (positionals.length === 0) throw new UserError('Expected folders of pictures. See --help.');
await ensureTensorFlow({ device: 'cpu' });
const out = values.folder ?? fs.mkdtempSync(path.join(os.tmpdir(), 'against-former-'));
fs.mkdirSync(out, { recursive: true });
const journal = new Journal(path.join(out, 'journal.jsonl'));
const resamples = Number(values.resamples);
const heldOut = 0.2;

const recipes = {
  former: { effort: 'quick', solver: 'steps' },
  today: {},
} as const satisfies Record<string, Partial<StudyOptions>>;

/** Answers by size, a row for each resample with one answer for each picture of the folder: undefined where it trained. */
type Answers = Map<string, (boolean | undefined)[][]>;

async function answersOf(data: string, recipe: keyof typeof recipes): Promise<Answers> {
  return closingAll(async (keep) => {
    const { options } = resolveStudy({}, { data, dedupe: true, ...recipes[recipe] });
    const prepared = await prepare(options, {});
    const { features, split, pixels } = await extractRun(prepared, out, keep, {});
    pixels.close();
    // in the order of their paths, so that both recipes deal the same whatever their split
    const pictures = [...split.train, ...split.validation, ...split.test].sort((a, b) =>
      a.path < b.path ? -1 : 1,
    );
    const classes = prepared.folder.labels.length;
    const all = examplesOf(features.store, pictures);
    const answers: Answers = new Map();
    for (let resample = 0; resample < resamples; resample++) {
      const random = new Random(resample).fork('resample');
      const dealt = shuffledByClass(all.labels, classes, random).map((places) => {
        const count = Math.max(1, Math.round(heldOut * places.length));
        return { test: places.slice(0, count), pool: places.slice(count) };
      });
      const [pool, test] = [dealt.flatMap((one) => one.pool), dealt.flatMap((one) => one.test)];
      const examples = selectExamples(all, [...pool, ...test]);
      const most = Math.max(...dealt.map((one) => one.pool.length));
      const sizes = values.sizes.split(',').map(Number);
      const shared: Draws = {
        network: 'head',
        pool: pool.length,
        validationShare: options.validationFraction,
        classes,
        parts: prepared.plan.parts,
        options: fitOptions(options),
        seed: resample,
      };
      const named = (key: string) => `${path.basename(data)} ${recipe} ${resample} ${key}`;
      const study = {
        journal: {
          has: (key: string) => journal.has(named(key)),
          once: <T>(key: string, work: () => Promise<T>) => journal.once(named(key), work),
        },
        folder: out,
        signal: undefined,
      };
      const wanted = [...sizes.filter((size) => size < most), most];
      const asked = sizesOf({ ...shared, labels: examples.labels }, wanted, 2);
      for (const { perClass, right } of await measureSizes(study, { shared, examples }, asked, 1, {})) {
        const row = new Array<boolean | undefined>(pictures.length).fill(undefined);
        for (const [i, place] of test.entries()) row[place] = right[0]![i]!;
        const name = perClass === most ? `all, ${most}` : String(perClass);
        answers.set(name, [...(answers.get(name) ?? []), row]);
      }
    }
    return answers;
  });
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const points = (share: number) => (100 * share).toFixed(1);
const rows: string[][] = [];
const shares: number[] = [];
for (const data of positionals) {
  const former = await answersOf(data, 'former');
  const today = await answersOf(data, 'today');
  for (const [size, now] of today) {
    const before = former.get(size)!;
    const [a, b] = [1 - repeatedAccuracy(before).accuracy, 1 - repeatedAccuracy(now).accuracy];
    const { difference, ci95 } = pairedDifference(now, before, new Random(0));
    shares.push(b / a);
    rows.push([
      path.basename(data),
      size,
      percent(a),
      percent(b),
      `${points(difference)} (${points(ci95[0])} to ${points(ci95[1])})`,
      `${Math.round(100 * (1 - b / a))} %`,
    ]);
  }
}
const head = ['', 'a class', 'errors, former', 'errors, today', 'points gained (95 %)', 'errors less'];
const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
console.log([head, head.map(() => '---'), ...rows].map(line).join('\n'));
const mean = Math.exp(shares.reduce((sum, share) => sum + Math.log(share), 0) / shares.length);
console.log(`\nGeometric mean over the rows: ${Math.round(100 * (1 - mean))} % less errors.`);
