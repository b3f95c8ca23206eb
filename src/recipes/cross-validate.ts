import { dealFolds } from '../data/deal-folds.js';
import { groupsOf } from '../data/same-pictures.js';
import { pairedDifference } from '../evaluation/paired-repetitions.js';
import { type PooledAnswers, pooledMetrics } from '../evaluation/pooled-metrics.js';
import { extractPixels } from '../features/frozen-features.js';
import { crossValidationText } from '../report/cross-validation/text.js';
import { writeCrossValidation } from '../report/cross-validation/write.js';
import type { CrossValidatedNetwork, CrossValidationResult } from '../runs/cross-validation.js';
import { extractRun } from '../runs/extract-run.js';
import { type FittedNetwork, fitOptions } from '../runs/fit-work.js';
import { foldFits, type Folds, placesOf } from '../runs/fold-fits.js';
import { identityOf, prepare } from '../runs/prepare-run.js';
import { examplesOf, openStudy, retried, type Study, type StudyHooks } from '../runs/study.js';
import { type Fits, makeFits } from '../runs/study-fits.js';
import { type CrossValidateOptions, crossValidateOptions, resolveStudy } from '../runs/study-options.js';
import type { Keep } from '../runtime/closing.js';
import { UserError } from '../runtime/errors.js';
import { Random } from '../runtime/random.js';

/** A finished cross-validation, as the caller gets it. */
export interface FinishedCrossValidation {
  readonly directory: string;
  readonly result: CrossValidationResult;
  /** Figures and what may be concluded, as plain text. */
  readonly summary: string;
}

/**
 * Judges every picture by a network that was trained on the other folds: with few pictures a far surer figure than one
 * held-out part gives. It makes figures, no classifier.
 *
 * @throws UserError for what the user can mend; Interrupted when the signal fires: the next call with the same
 *   options goes on from there.
 */
export async function runCrossValidation(
  input: CrossValidateOptions,
  hooks: StudyHooks = {},
): Promise<FinishedCrossValidation> {
  return retried(hooks, (keep) => crossValidate(input, hooks, keep));
}

async function crossValidate(
  input: CrossValidateOptions,
  hooks: StudyHooks,
  keep: Keep,
): Promise<FinishedCrossValidation> {
  const { own, options } = resolveStudy(crossValidateOptions, input);
  const prepared = await prepare(options, hooks);
  // Told before any picture is computed; copies and groups can only make them fewer.
  checkGroups(own.folds, prepared.folder.facts.size);
  const study = keep(await openStudy('cross-validation', options, { ...identityOf(prepared), own }, hooks));
  const extracted = await extractRun(prepared, study.checkpointFolder, keep, hooks);
  const { split, features, copies } = extracted;
  const { folder, plan } = prepared;
  const { labels } = folder;

  // A test part that the folder gives stays unseen, unless its groups were only chosen by us.
  const givesTest = folder.layout === 'parts' && !folder.heldOutGroups;
  const aside = givesTest && !own.includeHeldOut ? split.test.length : 0;
  const dealt = [...split.train, ...split.validation, ...(aside > 0 ? [] : split.test)];
  const truth = dealt.map(({ label }) => label);
  const groups = groupsOf(dealt, folder, copies.pairs);
  checkFolds(own.folds, labels, truth, groups);
  const deals = Array.from({ length: own.repeats }, (_, repeat) =>
    dealFolds(truth, groups, own.folds, new Random(options.seed).fork(`deal ${repeat}`)),
  );
  const shared = {
    deals,
    folds: own.folds,
    validationShare: options.validationFraction,
    classes: labels.length,
    parts: plan.parts,
    options: fitOptions(options),
    seed: options.seed,
  };
  const judged = (network: FittedNetwork, data: Omit<Fits<Folds>, 'shared'>) =>
    outOfFold({ ...data, shared: { ...shared, network } }, study, hooks);
  const answers = await judged('head', {
    examples: examplesOf(features.store, dealt),
    mirrored: features.mirrored && examplesOf(features.mirrored, dealt),
  });
  features.close();
  let lenet: PooledAnswers | undefined;
  if (own.baseline !== 'none') {
    const stored =
      options.resize === 'squash'
        ? extracted.pixels
        : keep(await extractPixels(split, options.resize, options, hooks));
    lenet = await judged('lenet5', { examples: examplesOf(stored.store, dealt) });
  }

  const random = new Random(options.seed).fork('bootstrap');
  const network = (title: string, rows: PooledAnswers): CrossValidatedNetwork => ({
    title,
    metrics: pooledMetrics(rows, truth, labels, random.fork(title)),
    byRepetition: rows.map((row) => row.filter((answer, i) => answer === truth[i]).length / truth.length),
  });
  const right = (rows: PooledAnswers) => rows.map((row) => row.map((answer, i) => answer === truth[i]));
  const counts = labels.map((_, label) => truth.filter((one) => one === label).length);
  const result: CrossValidationResult = {
    name: study.name,
    labels,
    folds: own.folds,
    repeats: own.repeats,
    pictures: picturesSentence(dealt.length, aside),
    kept: keptSentence(folder.heldOutGroups !== undefined, options.groupBy !== undefined),
    chance: Math.max(...counts) / truth.length,
    network: network(`${prepared.base.title} transferred`, answers),
    ...(lenet && {
      baseline: network('LeNet-5 from scratch', lenet),
      difference: pairedDifference(right(answers), right(lenet), random),
    }),
    warnings: extracted.warnings,
    command: hooks.command ?? `crossValidate(${JSON.stringify(input)})`,
    config: { ...options, ...own },
  };
  await writeCrossValidation(study.resultFolder, result);
  await study.finish();
  return { directory: study.directory, result, summary: crossValidationText(result) };
}

/** For each repetition the answer to every picture, by a fit to the other folds. */
async function outOfFold(fits: Fits<Folds>, study: Study, hooks: StudyHooks): Promise<number[][]> {
  const { network, deals, folds } = fits.shared;
  const stage = network === 'head' ? 'Fitting heads' : 'Training LeNet-5';
  const parts = deals.flatMap((_, repeat) => Array.from({ length: folds }, (_, fold) => ({ repeat, fold })));
  const answers = await makeFits(study, stage, foldFits, fits, parts, (done) =>
    hooks.onProgress?.({ kind: 'work', stage, done, total: parts.length, unit: 'fits' }),
  );
  const rows = deals.map((deal) => new Array<number>(deal.length).fill(0));
  for (const [i, part] of parts.entries()) {
    const row = rows[part.repeat]!;
    for (const [k, place] of placesOf(fits.shared, part).entries()) row[place] = answers[i]![k]!;
  }
  return rows;
}

/** @throws UserError when a class, or the groups, cannot be dealt to so many folds. */
function checkFolds(
  folds: number,
  labels: readonly string[],
  truth: readonly number[],
  groups: readonly string[],
): void {
  checkGroups(folds, new Set(groups).size);
  for (const [label, name] of labels.entries()) {
    const own = new Set(groups.filter((_, i) => truth[i] === label)).size;
    if (own < 2) {
      throw new UserError(
        `Expected at least two distinct pictures, or groups, of class '${name}', one to learn from while the other is judged, but found ${own}. Add pictures or remove the class.`,
      );
    }
  }
}

function keptSentence(byFolders: boolean, byOption: boolean): string {
  const how = byFolders ? 'the folders that hold the classes' : '--group-by';
  return byFolders || byOption
    ? `Pictures of one group (${how}), and copies of one another, stay in one fold.`
    : 'Copies of one another stay in one fold.';
}

function picturesSentence(dealt: number, aside: number): string {
  const each = `Each of ${dealt.toLocaleString('en-GB')} pictures was judged by networks that had not seen it.`;
  if (aside === 0) return each;
  return `${each} The ${aside.toLocaleString('en-GB')} of the folder's own test part were left alone (--include-held-out deals them too).`;
}

function checkGroups(folds: number, found: number): void {
  if (found >= folds) return;
  throw new UserError(
    `Expected at least ${folds} groups of pictures for as many folds but found ${found}. Give fewer --folds.`,
  );
}
