/**
 * How many wrong labels are found: a share of the labels of a folder is swapped for another class, and the pictures whose
 * labels are least believed are looked at. Precision at k: of the first k, k being how many were swapped, the share that
 * was. Labels that were wrong before count against it.
 *
 *     npm run build
 *     FINETUNE_ZOO=./weights npx tsx scripts/measure-labels.ts ./pets/train [--share 0.05] [--seeds 5]
 */
import { z } from 'zod';
import { scanFolder } from '../src/data/scan.js';
import { byMargin, suspiciousLabels } from '../src/evaluation/confident-learning.js';
import { examplesInMemory } from '../src/features/examples.js';
import { storedExamples } from '../src/features/extract.js';
import { featureOptions } from '../src/features/options.js';
import { ensureTensorFlow } from '../src/runtime/install/ensure.js';
import { closingAll } from '../src/runtime/closing.js';
import { Random } from '../src/runtime/random.js';
import { survey } from '../src/runs/survey.js';
import { outOfFoldProbabilities } from '../src/training/out-of-fold.js';
import { loadPlainBase } from '../src/zoo/base.js';
import { scriptArguments } from './helpers/arguments.js';
import { swapLabels } from './helpers/swap-labels.js';

const { positionals, values } = scriptArguments(import.meta.url, {
  allowPositionals: true,
  options: { share: { type: 'string', default: '0.05' }, seeds: { type: 'string', default: '5' } },
});
await ensureTensorFlow({ device: 'cpu' });
const options = { ...z.object(featureOptions).parse({}), resize: 'squash' } as const;

for (const given of positionals) {
  await closingAll(async (keep) => {
    const folder = await scanFolder(given);
    const { pictures, features } = await survey(
      folder,
      await loadPlainBase({ base: 'vgg16' }),
      options,
      keep,
      {},
    );
    const examples = storedExamples(features!.store, pictures);
    const rows = examples.read(pictures.map((_, i) => i));
    const groups = pictures.map(({ digest }) => digest);
    const precisions: number[] = [];
    for (let seed = 0; seed < Number(values.seeds); seed++) {
      const random = new Random(seed);
      const { labels, swapped } = swapLabels(
        examples.labels,
        folder.labels.length,
        Number(values.share),
        random,
      );
      const probabilities = await outOfFoldProbabilities(
        examplesInMemory(rows, examples.shape, labels),
        folder.labels.length,
        { groups, random: random.fork('folds'), hooks: {} },
      );
      const picks = suspiciousLabels(labels, probabilities);
      const picked = new Set(picks.map(({ example }) => example));
      const rest = byMargin(labels, probabilities).filter(({ example }) => !picked.has(example));
      const first = [...picks, ...rest].slice(0, swapped.size);
      const right = first.filter(({ example }) => swapped.has(example)).length;
      precisions.push(right / swapped.size);
      const found = picks.filter(({ example }) => swapped.has(example)).length;
      console.log(
        `${given}, seed ${seed}: ${right} of the first ${swapped.size} were swapped; ${found} of ${swapped.size} among all ${picks.length} picks`,
      );
    }
    const mean = precisions.reduce((sum, value) => sum + value, 0) / precisions.length;
    console.log(
      `${given}: precision at k ${mean.toFixed(3)} on average, ${Math.min(...precisions).toFixed(3)} to ${Math.max(...precisions).toFixed(3)}`,
    );
  });
}
