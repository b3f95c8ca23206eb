import { compareAnswers } from '../evaluation/compare.js';
import { repeatedAccuracy } from '../evaluation/crossed-interval.js';
import { wilsonInterval } from '../evaluation/intervals.js';
import { signFlipP } from '../evaluation/paired-repetitions.js';
import { type CorrectedBest, correctedBest } from '../evaluation/selection-bias.js';
import { sweepText } from '../report/sweep/text.js';
import { writeSweep } from '../report/sweep/write.js';
import { extractRun } from '../runs/extract-run.js';
import { fitOptions } from '../runs/fit-work.js';
import { identityOf, prepare } from '../runs/prepare-run.js';
import {
  heldOutFits,
  randomOf,
  type Settings,
  sweepFolds,
  type Trial,
  trialFits,
} from '../runs/setting-fits.js';
import { asRight, examplesOf, openStudy, retried, type StudyHooks } from '../runs/study.js';
import { makeFits } from '../runs/study-fits.js';
import { resolveStudy, type StudyOptions, type SweepOptions, sweepOptions } from '../runs/study-options.js';
import type { SweepResult } from '../runs/sweep.js';
import { checkSpace, type Setting, settingsOf, type SweepSpace } from '../runs/sweep-space.js';
import type { Keep } from '../runtime/closing.js';
import type { Random } from '../runtime/random.js';

/** A finished sweep, as the caller gets it. */
export interface FinishedSweep {
  readonly directory: string;
  readonly result: SweepResult;
  /** The best settings and what they are worth, as plain text. */
  readonly summary: string;
}

/** The place of the setting that is used when none is asked for. */
const usual = 0;

/** How many settings go on to the second round, and to those after it, at most. */
const mostLater = [30, 10];

/** Settings that are worse with a chance below this of being as good are dropped. */
const clearly = 0.05;

/**
 * Tries settings of the head on stored features, by cross-validation on the pictures that are not held out: all of them
 * in the first round, in later ones, which deal the folds anew, those that are not clearly worse. Then the best and the
 * usual one are trained on all these pictures and judged by the held-out ones, once.
 *
 * @throws UserError for what the user can mend; Interrupted when the signal fires: the next call with the same
 *   options goes on from there.
 */
export async function runSweep(
  space: SweepSpace,
  input: SweepOptions,
  hooks: StudyHooks = {},
): Promise<FinishedSweep> {
  return retried(hooks, (keep) => sweep(space, input, hooks, keep));
}

async function sweep(
  space: SweepSpace,
  input: SweepOptions,
  hooks: StudyHooks,
  keep: Keep,
): Promise<FinishedSweep> {
  const { own, options } = resolveStudy(sweepOptions, input);
  const { trials: most, search, rounds: _rounds, ...given } = input;
  const checked = checkSpace(space, given);
  const random = randomOf(options.seed);
  const { settings, how, senseless } = settingsOf(
    checked,
    own.trials,
    own.search,
    given,
    random.fork('settings'),
  );
  // what contradicts itself is refused before anything is computed
  for (const setting of settings) optionsOf(setting, given);
  const prepared = await prepare(options, hooks);
  const identity = { ...identityOf(prepared), space: checked, most, search, rounds: own.rounds };
  const study = keep(await openStudy('sweep', options, identity, hooks));
  const extracted = await extractRun(prepared, study.checkpointFolder, keep, hooks);
  extracted.pixels.close();
  const { split, features } = extracted;
  const { labels } = prepared.folder;
  const pool = [...split.train, ...split.validation];
  const judged = split.test.map(({ label }) => label);
  const examples = examplesOf(features.store, [...pool, ...split.test]);
  const data = {
    examples,
    mirrored: features.mirrored && examplesOf(features.mirrored, [...pool, ...split.test]),
  };
  const shared: Settings = {
    pool: pool.length,
    training: split.train.length,
    kin: pool.map(({ digest, group }) => group ?? digest),
    validationShare: options.validationFraction,
    classes: labels.length,
    parts: prepared.plan.parts,
    seed: options.seed,
  };
  const trialOf = (setting: Setting): Trial => ({ setting, options: fitOptions(optionsOf(setting, given)) });

  // 1. Rounds of cross-validation, the usual setting first.
  const all = [{}, ...settings.filter((setting) => Object.keys(setting).length > 0)];
  const right: boolean[][][] = all.map(() => []);
  let left = all.map((_, i) => i);
  let done = 0;
  for (let round = 0; round < own.rounds; round++) {
    const total = done + left.length;
    const trials = left.map((i) => trialOf(all[i]!));
    const fits = { ...data, shared: { ...shared, round } };
    const answers = await makeFits(study, `round ${round}`, trialFits, fits, trials, (now) =>
      hooks.onProgress?.({ kind: 'work', stage: 'Fitting heads', done: done + now, total, unit: 'fits' }),
    );
    for (const [k, i] of left.entries()) right[i]!.push(asRight(answers[k]!));
    done = total;
    const before = left.length;
    left = stillIn(left, right).slice(0, mostLater[Math.min(round, mostLater.length - 1)]);
    if (!left.includes(usual)) left.push(usual); // what all are held against
    const message = `Round ${round + 1}: of ${before} settings ${left.length} stay`;
    if (round + 1 < own.rounds) hooks.onProgress?.({ kind: 'note', message });
    if (left.length === 1) break;
  }
  const [best] = left;
  const order = [
    ...left,
    ...byAccuracy(
      all.flatMap((_, i) => (left.includes(i) ? [] : [i])),
      right,
    ),
  ];

  // 2. What the best is worth: without those pictures that chose it, and on the held-out ones.
  const corrected = worthOf(
    right[best!]!,
    right.map(([first]) => first!),
    random.fork('bootstrap'),
  );
  const final = [all[best!]!, {}].map(trialOf);
  const [ofBest, ofUsual] = (
    await makeFits(study, 'held out', heldOutFits, { ...data, shared }, final, () => undefined)
  ).map(asRight) as [boolean[], boolean[]];
  features.close();

  const result: SweepResult = {
    name: study.name,
    labels,
    pictures: pool.length,
    folds: sweepFolds,
    how,
    senseless,
    trials: order.map((i) => ({
      setting: all[i]!,
      accuracy: meanAccuracy(right[i]!),
      first: meanAccuracy(right[i]!.slice(0, 1)),
      rounds: right[i]!.length,
    })),
    corrected,
    heldOut: {
      n: judged.length,
      best: figure(ofBest),
      usual: figure(ofUsual),
      comparison: compareAnswers(ofBest, ofUsual),
    },
    splitDescription: split.how,
    warnings: extracted.warnings,
    command: hooks.command ?? `sweep(${JSON.stringify(space)}, ${JSON.stringify(input)})`,
    config: { ...options, ...own, space: checked },
  };
  const { out: _out, ...repeat } = given;
  await writeSweep(study.resultFolder, result, { ...repeat, ...all[best!]! } as StudyOptions);
  await study.finish();
  return { directory: study.directory, result, summary: sweepText(result) };
}

function optionsOf(setting: Setting, given: StudyOptions) {
  return resolveStudy({}, { ...given, ...setting } as StudyOptions).options;
}

/** The settings, best first, that are not clearly worse than the best on the same pictures. */
function stillIn(places: readonly number[], right: readonly boolean[][][]): number[] {
  const [best, ...others] = byAccuracy(places, right);
  return [
    best!,
    ...others.filter((i) => {
      const balance = right[best!]![0]!.map((_, picture) =>
        right[i]!.reduce((sum, row, r) => sum + Number(right[best!]![r]![picture]) - Number(row[picture]), 0),
      );
      return signFlipP(balance) >= clearly;
    }),
  ];
}

/**
 * What the best setting is worth on other pictures. Its first round has chosen it, by the luck of that deal of the folds
 * among other things, so only its later ones count, less what the choice on these pictures flatters it by.
 */
function worthOf(
  best: readonly (readonly boolean[])[],
  first: readonly (readonly boolean[])[],
  random: Random,
): CorrectedBest {
  const bootstrap = correctedBest(first, random);
  const later = best.slice(1);
  if (later.length === 0) return bootstrap;
  const { accuracy, ci95 } = repeatedAccuracy(later);
  const less = (share: number) => Math.max(0, share - Math.max(0, bootstrap.flattery));
  return {
    accuracy: less(accuracy),
    ci95: [less(ci95[0]), less(ci95[1])],
    flattery: meanAccuracy(best.slice(0, 1)) - less(accuracy),
  };
}

/** Of equals the one that was asked for first stays first. */
function byAccuracy(places: readonly number[], right: readonly boolean[][][]): number[] {
  return [...places].sort((a, b) => meanAccuracy(right[b]!) - meanAccuracy(right[a]!) || a - b);
}

function meanAccuracy(rows: readonly (readonly boolean[])[]): number {
  return rows.reduce((sum, row) => sum + row.filter(Boolean).length / row.length, 0) / rows.length;
}

function figure(right: readonly boolean[]) {
  const hits = right.filter(Boolean).length;
  const { low, high } = wilsonInterval(hits, right.length);
  return { accuracy: hits / right.length, ci95: [low, high] as const };
}
