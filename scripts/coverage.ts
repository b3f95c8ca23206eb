/**
 * Do sets of classes hold the true one as often as they were asked to? Divides a finished run's held-out pictures at random
 * into two halves, a hundred times: one half sets the threshold, the other counts.
 *
 *     npx tsx scripts/coverage.ts runs/pets-vgg16
 */
import { conformalSet, conformalThreshold } from '../src/evaluation/conformal.js';
import { readRun } from '../src/runs/read-run.js';
import { UserError } from '../src/runtime/errors.js';
import { Random } from '../src/runtime/random.js';
import { textTable } from '../src/report/table.js';
import { scriptArguments } from './helpers/arguments.js';

const splits = 100;

const { positionals } = scriptArguments(import.meta.url, { allowPositionals: true });
const [run] = positionals;
if (run === undefined) throw new UserError('Expected the folder of a finished run. See --help.');
const { predictions } = readRun(run);
const random = new Random(1);
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

const rows = [0.8, 0.9, 0.95, 0.98].map((asked) => {
  const found = Array.from({ length: splits }, () => {
    const shuffled = random.shuffle(predictions);
    const half = Math.floor(shuffled.length / 2);
    const truth = shuffled.slice(0, half).map(({ label, probabilities }) => probabilities[label]!);
    const threshold = conformalThreshold(truth, asked);
    const sets = shuffled.slice(half).map(({ label, probabilities }) => {
      const set = conformalSet(probabilities, threshold);
      return { covered: set.includes(label), size: set.length };
    });
    const mean = (of: (set: (typeof sets)[number]) => number) =>
      sets.reduce((sum, set) => sum + of(set), 0) / sets.length;
    return { coverage: mean(({ covered }) => Number(covered)), size: mean(({ size }) => size) };
  });
  const coverages = found.map(({ coverage }) => coverage);
  const mean = coverages.reduce((a, b) => a + b, 0) / splits;
  const size = found.reduce((sum, one) => sum + one.size, 0) / splits;
  return [
    percent(asked),
    percent(mean),
    `${percent(Math.min(...coverages))} to ${percent(Math.max(...coverages))}`,
    size.toFixed(2),
  ];
});
console.log(
  textTable(
    [['asked for', `mean of ${splits} splits`, 'lowest to highest', 'classes in a set'], ...rows],
    [0, 1, 2, 3],
  ),
);
