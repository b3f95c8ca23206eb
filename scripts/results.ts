/**
 * Makes the published figures again and writes results/figures.csv: each with its command, seeds, repeats, mean and range.
 *
 *     npm run build
 *     npx tsx scripts/results.ts ./photographs [--only pets,sample] [--seeds 3] [--out results/figures.csv]
 *
 * `photographs` holds the folders `pets`, `hymenoptera` and `pets37`; a folder that is not there is left out, and its rows
 * in the file stay as they were, and so with --only. The sample is the repository's own. Features are kept in the cache as always, so that
 * a seed after the first costs a few seconds.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { csv, parseCsv } from '../src/formats/csv.js';
import type { RunMetrics } from '../src/runs/record.js';
import { UserError } from '../src/runtime/errors.js';
import { scriptArguments } from './helpers/arguments.js';

const root = fileURLToPath(new URL('../', import.meta.url));

const { positionals, values } = scriptArguments(import.meta.url, {
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    seeds: { type: 'string', default: '3' },
    out: { type: 'string', default: path.join(root, 'results', 'figures.csv') },
  },
});
const [photographs] = positionals;
if (photographs === undefined) throw new UserError('Expected the folder of the photographs. See --help.');
const repeats = Number(values.seeds);
if (!(Number.isInteger(repeats) && repeats > 0))
  throw new UserError(`Expected --seeds to be a whole number above 0 but received ${values.seeds}.`);

type Figure = readonly [name: string, of: (metrics: RunMetrics) => number | undefined];

/** Of held-out pictures. */
const heldOut: readonly Figure[] = [
  ['held-out accuracy', ({ test }) => test.accuracy],
  ['held-out macro-F1', ({ test }) => test.macroF1],
  ['held-out log loss', ({ test }) => test.logLoss],
  ['coverage of sets for 0.9', ({ sureness }) => sureness?.sets.find(({ asked }) => asked === 0.9)?.coverage],
  ['called unlike though of the trained kind', ({ sureness }) => sureness?.unlike?.share],
];
/** Of all others, by folds: where few pictures are there, the held-out ones say little. */
const byFolds: readonly Figure[] = [
  ['cross-validated accuracy', ({ validation }) => (validation?.folds ? validation.accuracy : undefined)],
];

/** What is measured on which folder, with which options. */
const jobs = [
  { name: 'sample', data: path.join(root, 'data', 'pets'), figures: heldOut },
  { name: 'pets', data: path.join(photographs, 'pets'), figures: [...heldOut, ...byFolds] },
  { name: 'hymenoptera', data: path.join(photographs, 'hymenoptera'), figures: [...heldOut, ...byFolds] },
  { name: 'pets37', data: path.join(photographs, 'pets37'), figures: [...heldOut.slice(0, 1), ...byFolds] },
];
const options = ['--baseline', 'none'];

function metricsOf(data: string, seed: number): RunMetrics {
  const out = fs.mkdtempSync(path.join(os.tmpdir(), 'finetune-results-'));
  try {
    const asked = ['--data', data, ...options, '--seed', String(seed), '--out', out, '--quiet'];
    const { status } = spawnSync(process.execPath, [path.join(root, 'dist', 'run.js'), ...asked], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    if (status !== 0) throw new UserError(`Expected a run on '${data}' but it ended with code ${status}.`);
    return JSON.parse(fs.readFileSync(path.join(out, 'metrics.json'), 'utf8')) as RunMetrics;
  } finally {
    fs.rmSync(out, { recursive: true, force: true });
  }
}

const head = ['data', 'figure', 'command', 'seeds', 'repeats', 'mean', 'lowest', 'highest'];
const wanted = values.only?.split(',');
const rounded = (value: number) => Number(value.toFixed(4));
const seeds = Array.from({ length: repeats }, (_, seed) => seed);
const made = new Map<string, (string | number)[][]>();
for (const { name, data, figures } of jobs) {
  if ((wanted && !wanted.includes(name)) || !fs.existsSync(data)) continue;
  const runs = seeds.map((seed) => metricsOf(data, seed));
  const rows = figures.flatMap(([figure, of]) => {
    const found = runs.map(of).filter((value) => value !== undefined);
    if (found.length < repeats) return [];
    const mean = found.reduce((a, b) => a + b, 0) / repeats;
    const command = `finetune --data ${path.basename(data)} ${options.join(' ')} --seed S`;
    const range = [rounded(mean), rounded(Math.min(...found)), rounded(Math.max(...found))];
    console.log([name, figure, ...range].join('  '));
    return [[name, figure, command, seeds.join(' '), repeats, ...range]];
  });
  made.set(name, rows);
}

const [, ...before] = fs.existsSync(values.out) ? parseCsv(fs.readFileSync(values.out, 'utf8')) : [];
const rows = jobs.flatMap(({ name }) => made.get(name) ?? before.filter(([data]) => data === name));
fs.mkdirSync(path.dirname(values.out), { recursive: true });
fs.writeFileSync(values.out, csv([head, ...rows]));
