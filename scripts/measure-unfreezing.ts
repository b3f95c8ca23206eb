/**
 * What the knobs of unfrozen layers bring, by cross-validation on a folder's training pictures: rates, warm-up, clipping,
 * layer-wise rates, averaged weights, altered pictures, and a head trained in steps instead of a solved one.
 *
 *     npx tsx scripts/measure-unfreezing.ts DIR BASE LAYER [--folds N] [--epochs N] [--seed N] [--only a,b]
 *
 * Every variant is judged on the same folds: errors, and against the usual settings what only the one and only the other
 * got right.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { mcnemar } from '../src/evaluation/mcnemar.js';
import { selectExamples, withViews } from '../src/features/examples.js';
import { storedExamples } from '../src/features/extract.js';
import { extractViews } from '../src/features/augmented-features.js';
import { augmentationOf } from '../src/data/augmentation/kinds.js';
import { extractFrozen } from '../src/features/frozen-features.js';
import { resolveOptions, type FinetuneOptions } from '../src/runs/options.js';
import { prepare } from '../src/runs/prepare-run.js';
import { Random } from '../src/runtime/random.js';
import { UserError } from '../src/runtime/errors.js';
import { stratifiedFolds } from '../src/training/cross-validation.js';
import { trainUnfrozen } from '../src/training/unfreeze.js';
import { scriptArguments } from './helpers/arguments.js';

const { values: given, positionals } = scriptArguments(import.meta.url, {
  allowPositionals: true,
  options: {
    folds: { type: 'string', default: '3' },
    epochs: { type: 'string', default: '10' },
    seed: { type: 'string', default: '0' },
    only: { type: 'string' },
  },
});
const [data, base, unfreeze] = positionals;
if (!data || !base || !unfreeze) throw new UserError('Expected a folder, a base and a layer: see --help.');
const [folds, unfreezeEpochs, seed] = [Number(given.folds), Number(given.epochs), Number(given.seed)];

type Variant = Partial<FinetuneOptions>;
const rate = 1e-4;
const variants: Record<string, Variant> = {
  'rate 1e-4': { unfreezeLearningRate: rate },
  'rate 1e-5': { unfreezeLearningRate: 1e-5 },
  'head in steps': { unfreezeLearningRate: rate, solver: 'steps' },
  'warm-up 2': { unfreezeLearningRate: rate, warmUp: 2 },
  'clip 1': { unfreezeLearningRate: rate, clipNorm: 1 },
  'layer rates 0.4': { unfreezeLearningRate: rate, layerRateDecay: 0.4 },
  'averages 0.95': { unfreezeLearningRate: rate, averageWeights: 0.95 },
  light: { unfreezeLearningRate: rate, augment: 'light' },
};
const chosen = Object.entries(variants).filter(
  ([name]) => !given.only || given.only.split(',').includes(name),
);

const shared = { data, base, unfreeze, unfreezeEpochs, seed, baseline: 'none' } as const;
const options = resolveOptions(shared);
const prepared = await prepare(options, {});
const checkpoints = () => fs.mkdtempSync(path.join(os.tmpdir(), 'measure-unfreezing-'));
const features = await extractFrozen(prepared.frozen, prepared.split, options, checkpoints(), {});
const pictures = [...prepared.split.train, ...prepared.split.validation];
const plain = storedExamples(features.store, pictures);
const augmentation = augmentationOf('light');
const views = chosen.some(([, { augment }]) => augment)
  ? await extractViews(
      { frozen: prepared.frozen, settings: features.settings, decode: features.decode },
      pictures,
      { augmentation, count: options.views, seed },
      options,
      {},
    )
  : [];
const altered = withViews(
  plain,
  views.map(({ store }) => storedExamples(store, pictures)),
);
const random = new Random(seed);
const dealt = stratifiedFolds(plain.labels, folds, random.fork('folds'), (i) => pictures[i]!.digest);
const classes = prepared.folder.labels.length;
console.log(
  `${data}: ${pictures.length} pictures, ${classes} classes, ${base} from ${unfreeze}, ${folds} folds`,
);

const right = new Map<string, boolean[]>();
const note = (name: string, places: readonly number[], probabilities: readonly (readonly number[])[]) => {
  const row = right.get(name) ?? [];
  for (const [i, place] of places.entries()) {
    const one = probabilities[i]!;
    row[place] = one.indexOf(Math.max(...one)) === plain.labels[place];
  }
  right.set(name, row);
};
for (const [name, variant] of chosen) {
  const settings = resolveOptions({ ...shared, ...variant });
  for (let fold = 0; fold < folds; fold++) {
    const places = [...plain.labels.keys()];
    const test = places.filter((place) => dealt[place] === fold);
    const rest = new Random(seed)
      .fork(`fold ${fold}`)
      .shuffle(places.filter((place) => dealt[place] !== fold));
    const cut = Math.round(0.15 * rest.length);
    const examples = variant.augment ? altered : plain;
    const part = (chosenPlaces: readonly number[]) => selectExamples(examples, chosenPlaces);
    const { head, tuned } = await trainUnfrozen(
      {
        train: part(rest.slice(cut)),
        validation: part(rest.slice(0, cut)),
        test: part(test),
        classes,
        parts: prepared.plan.parts,
      },
      prepared.suffix!,
      { random: random.fork(`fit ${fold}`), checkpointFolder: checkpoints(), hooks: {}, name: 'unfrozen' },
      settings,
    );
    note(name, test, tuned.testProbabilities);
    if (name === 'rate 1e-4') note('head alone', test, head.testProbabilities);
  }
  tell(name);
  if (name === 'rate 1e-4') tell('head alone');
}
features.close();
for (const view of views) view.close();

function tell(name: string): void {
  const own = right.get(name)!;
  const usual = right.get('rate 1e-4') ?? own;
  const wrong = own.filter((one) => !one).length;
  const { onlyFirst, onlySecond, p } = mcnemar(own, usual);
  console.log(
    `${name.padEnd(16)} ${(100 * (1 - wrong / own.length)).toFixed(1)} % right; against rate 1e-4 ${onlyFirst}:${onlySecond}, p ${p.toFixed(2)}`,
  );
}
