import type { Split } from '../data/split.js';
import { repeatedAccuracy } from '../evaluation/crossed-interval.js';
import { forecast } from '../evaluation/forecast.js';
import { learningCurveText } from '../report/learning-curve/text.js';
import { writeLearningCurve } from '../report/learning-curve/write.js';
import { extractRun } from '../runs/extract-run.js';
import { fitOptions } from '../runs/fit-work.js';
import type { CurveLine, LearningCurve } from '../runs/learning-curve.js';
import { measureSizes, type MeasuredSize, sizesOf } from '../runs/measure-curve.js';
import { identityOf, prepare } from '../runs/prepare-run.js';
import { learningCurveOptions, type LearningCurveOptions, resolveStudy } from '../runs/study-options.js';
import { examplesOf, openStudy, retried, type StudyHooks } from '../runs/study.js';
import { Random } from '../runtime/random.js';
import type { Keep } from '../runtime/closing.js';
import { extractPixels } from '../features/frozen-features.js';

/** A finished learning curve, as the caller gets it. */
export interface FinishedLearningCurve {
  readonly directory: string;
  readonly curve: LearningCurve;
  /** Table, forecast and what they mean, as plain text. */
  readonly summary: string;
}

/** LeNet-5 is trained in steps, for minutes: its line has no more sizes than this. */
const mostBaselineSizes = 5;

/**
 * How accuracy grows with the number of pictures: heads trained on parts of the pictures, all judged by the same
 * held-out ones, and a forecast for twice and four times as many.
 *
 * @throws UserError for what the user can mend; Interrupted when the signal fires: the next call with the same
 *   options goes on from there.
 */
export async function runLearningCurve(
  input: LearningCurveOptions,
  hooks: StudyHooks = {},
): Promise<FinishedLearningCurve> {
  return retried(hooks, (keep) => learningCurve(input, hooks, keep));
}

async function learningCurve(
  input: LearningCurveOptions,
  hooks: StudyHooks,
  keep: Keep,
): Promise<FinishedLearningCurve> {
  const { own, options } = resolveStudy(learningCurveOptions, input);
  const prepared = await prepare(options, hooks);
  const { labels } = prepared.folder;
  const least = options.solver === 'exact' ? 1 : 2; // what is trained in steps needs a picture to choose by
  // a size that no class has is told before every picture goes through the base
  sizesOf({ ...placed(prepared.split), classes: labels.length }, own.sizes, least);
  const study = keep(await openStudy('learning-curve', options, { ...identityOf(prepared), own }, hooks));
  const extracted = await extractRun(prepared, study.checkpointFolder, keep, hooks);
  const { split, features, pixels } = extracted;
  const pool = [...split.train, ...split.validation];
  const every = [...pool, ...split.test];
  const shared = {
    pool: pool.length,
    validationShare: options.validationFraction,
    classes: labels.length,
    parts: prepared.plan.parts,
    options: fitOptions(options),
    seed: options.seed,
  };

  const sizes = sizesOf({ ...placed(split), classes: labels.length }, own.sizes, least);
  const heads = {
    shared: { ...shared, network: 'head' as const },
    examples: examplesOf(features.store, every),
    mirrored: features.mirrored && examplesOf(features.mirrored, every),
  };
  const transferred = await measureSizes(study, heads, sizes, own.draws, hooks);
  features.close();
  const lines = [lineOf('transferred', `${prepared.base.title} transferred`, transferred)];

  if (options.baseline !== 'none') {
    const stored =
      options.resize === 'squash' ? pixels : keep(await extractPixels(split, options.resize, options, hooks));
    const few = spread(
      sizes.filter(({ perClass }) => perClass >= 2),
      mostBaselineSizes,
    );
    const lenets = {
      shared: { ...shared, network: 'lenet5' as const },
      examples: examplesOf(stored.store, every),
    };
    const answers = await measureSizes(study, lenets, few, own.baselineDraws, hooks);
    if (answers.length > 0) lines.push(lineOf('lenet5', 'LeNet-5 from scratch', answers));
  }
  pixels.close();

  const ahead = forecast(transferred, [2, 4], new Random(options.seed).fork('forecast'));
  const counts = labels.map((_, label) => split.test.filter((picture) => picture.label === label).length);
  const curve: LearningCurve = {
    name: study.name,
    labels,
    heldOut: split.test.length,
    splitDescription: split.how,
    chance: Math.max(...counts) / split.test.length,
    lines,
    ...(ahead && { forecast: ahead }),
    warnings: extracted.warnings,
    nearDuplicates: extracted.copies.leaks.length,
    command: hooks.command ?? `learningCurve(${JSON.stringify(input)})`,
    config: { ...options, ...own },
  };
  await writeLearningCurve(study.resultFolder, curve);
  await study.finish();
  return { directory: study.directory, curve, summary: learningCurveText(curve) };
}

/** The labels of the pool and then of the held-out pictures. */
function placed({ train, validation, test }: Split): { labels: number[]; pool: number } {
  const pool = train.length + validation.length;
  return { labels: [...train, ...validation, ...test].map(({ label }) => label), pool };
}

function lineOf(network: CurveLine['network'], title: string, sizes: readonly MeasuredSize[]): CurveLine {
  const points = sizes.map(({ perClass, pictures, right }) => {
    const { accuracy, ci95, lowest, highest } = repeatedAccuracy(right);
    return { perClass, pictures, draws: right.length, accuracy, ci95, lowest, highest };
  });
  return { network, title, points };
}

/** At most so many items, evenly spread, the first and the last among them. */
function spread<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_, i) => items[Math.round((i * (items.length - 1)) / (most - 1))]!);
}
