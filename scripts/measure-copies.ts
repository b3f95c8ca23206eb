/**
 * How many copies are found, kind by kind, and how many pairs are taken for copies that are none: of every picture
 * of some folders a copy is made, in each of the ways of `helpers/make-copies.ts` in turn, and all are looked through
 * together. Pairs that are not of this script's making, copies that the folders had before, are counted apart and listed.
 *
 *     npm run build
 *     FINETUNE_ZOO=./weights npx tsx scripts/measure-copies.ts ./pets ./hymenoptera [--seed 0] [--no-base]
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { scanFolder } from '../src/data/scan.js';
import { featureOptions } from '../src/features/options.js';
import { survey } from '../src/runs/survey.js';
import { closingAll } from '../src/runtime/closing.js';
import { ensureTensorFlow } from '../src/runtime/install/ensure.js';
import { Random } from '../src/runtime/random.js';
import { loadPlainBase } from '../src/zoo/base.js';
import { wilsonInterval } from '../src/evaluation/intervals.js';
import { z } from 'zod';
import { scriptArguments } from './helpers/arguments.js';
import { changeNames, makeCopy } from './helpers/make-copies.js';

const { positionals, values } = scriptArguments(import.meta.url, {
  allowPositionals: true,
  options: { seed: { type: 'string', default: '0' }, 'no-base': { type: 'boolean', default: false } },
});
await ensureTensorFlow({ device: 'cpu' });
const random = new Random(Number(values.seed));
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'finetune-copies-'));
const changeOf = new Map<string, string>();
let count = 0;
for (const given of positionals) {
  const { parts } = await scanFolder(given);
  const pictures = Object.values(parts).flat();
  for (const picture of pictures) {
    const name = `${count}${path.extname(picture.path)}`;
    const change = changeNames[count++ % changeNames.length]!;
    fs.mkdirSync(path.join(folder, 'originals'), { recursive: true });
    fs.copyFileSync(picture.file, path.join(folder, 'originals', name));
    const copy = change === 'exact' ? name : `${path.parse(name).name}.jpg`;
    await makeCopy(picture.file, change, path.join(folder, 'copies', copy), random.fork(picture.path));
    changeOf.set(path.parse(name).name, change);
  }
}
const options = { ...z.object(featureOptions).parse({ precision: 'float32' }), resize: 'squash' } as const;
const stems = await closingAll(async (keep) => {
  const base = values['no-base'] ? undefined : await loadPlainBase({ base: 'vgg16' });
  const found = await survey(await scanFolder(folder), base, options, keep, {});
  return found.copies.map(({ one, other, kind }) => ({ a: one.path, b: other.path, kind }));
});
const stem = (name: string) => path.parse(name).name;
const hits = new Map<string, string>();
const others: typeof stems = [];
for (const pair of stems) {
  if (stem(pair.a) === stem(pair.b)) hits.set(stem(pair.a), pair.kind);
  else others.push(pair);
}
// pairs among the originals were there before; copies of a known pair's two pictures are alike as well
const known = new Set(
  others
    .filter(({ a, b }) => a.startsWith('originals/') && b.startsWith('originals/'))
    .map(({ a, b }) => `${stem(a)} ${stem(b)}`),
);
const strange = others.filter(
  ({ a, b }) => !known.has(`${stem(a)} ${stem(b)}`) && !known.has(`${stem(b)} ${stem(a)}`),
);
const percent = (share: number) => (100 * share).toFixed(1);
for (const change of changeNames) {
  const made = [...changeOf].filter(([, its]) => its === change).map(([name]) => name);
  const found = made.filter((name) => hits.has(name));
  const kinds = [...new Set(found.map((name) => hits.get(name)!))]
    .map((kind) => `${kind} ${found.filter((name) => hits.get(name) === kind).length}`)
    .join(', ');
  const { low, high } = wilsonInterval(found.length, made.length);
  console.log(
    `${change}: ${found.length} of ${made.length}, ${percent(found.length / made.length)} % (${percent(low)} to ${percent(high)}); said to be ${kinds}`,
  );
}
const all = wilsonInterval(hits.size, changeOf.size);
console.log(
  `all: ${hits.size} of ${changeOf.size} found, ${percent(hits.size / changeOf.size)} % (${percent(all.low)} to ${percent(all.high)})`,
);
console.log(
  `pairs of different pictures taken for copies: ${strange.length} of ${hits.size + strange.length} pairs found, precision ${percent(hits.size / (hits.size + strange.length))} %`,
);
for (const { a, b, kind } of strange) console.log(`  ${a} ${b} ${kind}`);
console.log(`pairs among the originals, for a person to judge: ${known.size} in ${changeOf.size} pictures`);
const index = Object.fromEntries(
  await Promise.all(
    positionals.map(async (given) => [given, Object.values((await scanFolder(given)).parts).flat()] as const),
  ),
);
const names = positionals.flatMap((given) => index[given]!.map((picture) => picture.file));
for (const pair of known)
  console.log(
    `  ${pair
      .split(' ')
      .map((name) => names[Number(name)]!)
      .join(' ')}`,
  );
fs.rmSync(folder, { recursive: true });
