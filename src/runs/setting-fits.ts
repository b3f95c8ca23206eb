import { dealFolds } from '../data/deal-folds.js';
import { someShuffledByClass, withValidation } from '../data/draw-classes.js';
import { type Examples, selectExamples } from '../features/examples.js';
import type { PlannedPart } from '../features/feature-plan.js';
import { Random } from '../runtime/random.js';
import { foldCount } from '../training/cross-validation.js';
import { fitsExactSolver, HeadCandidates } from '../training/exact-head.js';
import type { TrainingOptions } from '../training/options.js';
import { onStrengthPath } from '../training/strength-path.js';
import { headWork } from './fit-work.js';
import { fitPart, type PartContext, rightAnswers } from './study.js';
import type { FitKind, FitPlace, Fits } from './study-fits.js';
import type { Setting } from './sweep-space.js';

/** As the exact solver deals its own. */
export const sweepFolds = 5;

/** What the fits of a sweep share. */
export interface Settings {
  /** How many of the examples choose; the others are held out. */
  readonly pool: number;
  /** Of the pool, how many the main job would train on where others must choose: the first. */
  readonly training: number;
  /** Of those that choose, what must not be parted by cross-validation. */
  readonly kin: readonly string[];
  readonly validationShare: number;
  readonly classes: number;
  readonly parts: readonly PlannedPart[];
  readonly seed: number;
}

export interface Trial {
  readonly setting: Setting;
  /** What the setting makes of a study's options. */
  readonly options: TrainingOptions;
}

/** Which of the pool a setting gets right, each picture judged by a fit without it. All parts are of one round. */
export const trialFits: FitKind<Settings & { readonly round: number }, Trial, string> = {
  name: 'trials',
  describe: ({ setting }, { round }) => `${settingText(setting)} in round ${round + 1}`,
  work: ({ options }, { shared, examples }) =>
    headWork(options, examples, shared.classes, beginsOnPath(options, shared, examples)),
  open: (fits, place) => {
    const { round, pool, classes, seed } = fits.shared;
    const drawn = randomOf(seed).fork(`round ${round}`);
    /** What the exact solver computes once for all settings. */
    let candidates: HeadCandidates | undefined;
    return {
      fit: async ({ options }) => {
        if (!sharesRegressions(options, fits.shared, fits.examples))
          return overFolds(fits, options, drawn, place);
        candidates ??= candidatesOf(fits, drawn);
        const { result } = await candidates.choose(options, place.signal ? { signal: place.signal } : {});
        return rightAnswers({ testProbabilities: result.outOfFold }, fits.examples.labels.slice(0, pool));
      },
      close: () => candidates?.dispose(),
    };

    function candidatesOf({ examples, shared: { parts } }: Fits<Settings>, random: Random): HeadCandidates {
      const none = selectExamples(examples, []);
      const chosen = selectExamples(examples, [...Array(pool).keys()]);
      const data = { train: chosen, validation: none, test: none, classes, parts };
      return new HeadCandidates(data, random, { choosesAgain: true });
    }
  },
};

/** Whether a setting is tried by the exact solver's own cross-validation, which computes much once for all of them. */
function sharesRegressions(
  { solver, head, effort }: TrainingOptions,
  { pool }: Settings,
  { shape }: Examples,
): boolean {
  // so many features that they are trained on in steps have no folds of the exact solver's own
  return solver === 'exact' && head === 'linear' && effort !== 'best' && fitsExactSolver(pool, shape[0]!);
}

/** Whether its fits begin on a path, where it reads all parts: `auto` has a chain of its own. */
function beginsOnPath(options: TrainingOptions, shared: Settings, examples: Examples): boolean {
  const { weightDecay } = options;
  if (weightDecay === 'auto' || !sharesRegressions(options, shared, examples)) return false;
  const width = Math.min(shared.pool, examples.shape[0]!);
  return onStrengthPath(weightDecay, foldCount * (width + 1) * shared.classes);
}

async function overFolds(
  { examples, mirrored, shared: { pool, kin, validationShare, classes, parts } }: Fits<Settings>,
  options: TrainingOptions,
  random: Random,
  place: FitPlace,
): Promise<string> {
  const places = [...Array(pool).keys()];
  const truth = examples.labels.slice(0, pool);
  const deal = dealFolds(truth, kin, sweepFolds, random.fork('deal'));
  const right = new Array<string>(pool).fill('0');
  const context: PartContext = { ...place, options, classes, parts, mirrored, random };
  for (let fold = 0; fold < sweepFolds; fold++) {
    const test = places.filter((i) => deal[i] === fold);
    const others = places.filter((i) => deal[i] !== fold);
    const byClass = someShuffledByClass(examples.labels, others, classes, random.fork(`order ${fold}`));
    const part = { ...withValidation(byClass, validationShare), test };
    const digits = rightAnswers(await fitPart(examples, part, context), labelsAt(examples, test));
    for (const [i, at] of test.entries()) right[at] = digits[i]!;
  }
  return right.join('');
}

/** Which of the held-out pictures a setting gets right when it is fitted as the main job fits it, so that its figure is the same. */
export const heldOutFits: FitKind<Settings, Trial, string> = {
  name: 'held out',
  describe: ({ setting }) => `${settingText(setting)} on the held-out pictures`,
  work: ({ options }, { shared: { classes }, examples }) => headWork(options, examples, classes),
  open: ({ examples, mirrored, shared }, place) => ({
    fit: async ({ options }) => {
      const { pool, training, classes, parts, seed } = shared;
      const places = [...Array(examples.size).keys()];
      const test = places.slice(pool);
      const part = { train: places.slice(0, training), validation: places.slice(training, pool), test };
      const context = { ...place, options, classes, parts, mirrored, random: new Random(seed) };
      return rightAnswers(await fitPart(examples, part, context), labelsAt(examples, test));
    },
  }),
};

/** All that a sweep draws, it draws from streams of this one. */
export function randomOf(seed: number): Random {
  return new Random(seed).fork('sweep');
}

function labelsAt({ labels }: Examples, places: readonly number[]): number[] {
  return places.map((at) => labels[at]!);
}

function settingText(setting: Setting): string {
  const text = Object.entries(setting).map(([name, value]) => `${name}=${value}`);
  return text.length > 0 ? text.join(' ') : 'the usual setting';
}
