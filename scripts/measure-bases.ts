/**
 * Every base whose weights are on this machine, on folders of photographs: how well it transfers, how long it takes,
 * how large it is. Writes docs/bases.md.
 *
 *     npm run build
 *     FINETUNE_ZOO=./weights npx tsx scripts/measure-bases.ts ./pets ./hymenoptera
 *
 * One base after the other, each in a process of its own and without the feature cache, so that times are whole.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { zooList, type ZooRow } from '../src/recipes/zoo.js';
import { scriptArguments } from './helpers/arguments.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const loadBefore = os.loadavg()[0]!;
const { positionals } = scriptArguments(import.meta.url, { allowPositionals: true });
const folders = positionals.map((folder) => path.resolve(folder));

interface Result {
  readonly accuracy: number;
  readonly ci95: readonly [number, number];
  readonly n: number;
  readonly ms: number;
  readonly precision: string;
}

/** What the main job says of one base on one folder. */
function measure(base: string, weights: string, data: string): Result {
  const out = fs.mkdtempSync(path.join(os.tmpdir(), 'finetune-bases-'));
  const job = [
    '--data',
    data,
    '--base',
    base,
    '--weights',
    weights,
    '--baseline',
    'none',
    '--no-cache',
    '--solver',
    'steps',
  ];
  const command = [path.join(root, 'dist/run.js'), ...job, '--out', out, '--quiet'];
  const { status } = spawnSync(process.execPath, command, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`the job ended with ${status}`);
  const { test, timing, precision } = JSON.parse(fs.readFileSync(path.join(out, 'metrics.json'), 'utf8'));
  fs.rmSync(out, { recursive: true });
  return { ...test, ms: timing.extractMsPerImage, precision };
}

/** The first entry of each network that is here: what --base NAME takes. */
function basesHere(): ZooRow[] {
  const here = zooList().filter((row) => row.here.length > 0);
  return here.filter((row, i) => here.findIndex(({ model }) => model === row.model) === i);
}

const percent = (share: number) => (100 * share).toFixed(1);
const accuracy = ({ accuracy: share, ci95: [low, high] }: Result) =>
  `${percent(share)} % (${percent(low)} to ${percent(high)})`;

const rows = basesHere().map((row) => {
  const results = folders.map((folder) => measure(row.model, row.name, folder));
  console.log([row.name, ...results.map(accuracy)].join('  '));
  const [first] = results;
  return [
    `\`${row.model}\``,
    `${(row.bytes / 1e6).toFixed(1)} MB`,
    row.gigaMultiplyAdds.toFixed(2),
    ...results.map(accuracy),
    `${first!.ms.toFixed(1)} (${first!.precision})`,
  ];
});

const head = ['base', 'weights', 'G-Ops', ...folders.map((folder) => path.basename(folder)), 'ms a picture'];
const table = [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
const processor = `${os.cpus()[0]!.model.trim()}, ${os.cpus().length} cores`;
fs.writeFileSync(
  path.join(root, 'docs/bases.md'),
  `# Which base?

Written by \`scripts/measure-bases.ts\`. Accuracy on the folder's own test pictures, with its 95 % interval: a frozen base
and a linear head, trained in steps, every other option at its default. G-Ops: multiply-adds for one picture through the network that the weights
are of, in thousands of millions. Time: through the frozen base, in the precision that the job chose, decoding not
counted, measured once within the job (${processor}, load ${loadBefore.toFixed(1)} before the first job). With a load
above half the cores, other work took its share: such times rank nothing.

${table}
`,
);
