import path from 'node:path';
import { divide, withoutBrokenPictures } from '../data/divide.js';
import type { CopyPair } from '../data/copies/copy-groups.js';
import type { Split } from '../data/split.js';
import { repeatedAccuracy, type RightByRepetition } from '../evaluation/crossed-interval.js';
import { holmAdjusted } from '../evaluation/holm.js';
import { pairedDifference } from '../evaluation/paired-repetitions.js';
import { comparisonText } from '../report/comparison/text.js';
import { writeComparison } from '../report/comparison/write.js';
import { type CellAnswer, cellFits } from '../runs/cell-fits.js';
import { copiesInRun, keptTogether } from '../runs/copies-in-run.js';
import type { ComparedNetwork, ComparedPair, NetworkComparison } from '../runs/comparison.js';
import { extractRun } from '../runs/extract-run.js';
import { fitOptions } from '../runs/fit-work.js';
import { identityOf, prepare, type Prepared } from '../runs/prepare-run.js';
import { featuresOf, resolveComparison } from '../runs/resolve-comparison.js';
import { asRight, examplesOf, openStudy, retried, type StudyHooks } from '../runs/study.js';
import { makeFits } from '../runs/study-fits.js';
import type { CompareOptions } from '../runs/study-options.js';
import type { Keep } from '../runtime/closing.js';
import { Random } from '../runtime/random.js';
import { networkCosts } from '../summary/network-costs.js';
import { frozenParameters } from '../zoo/base.js';

/** A finished comparison, as the caller gets it. */
export interface FinishedComparison {
  readonly directory: string;
  readonly comparison: NetworkComparison;
  /** Table and a sentence a pair, as plain text. */
  readonly summary: string;
}

/**
 * Several bases and heads on the same pictures: the same splits, orders and held-out pictures for all, seed by seed.
 * Each base sees every picture once.
 *
 * @throws UserError for what the user can mend; Interrupted when the signal fires: the next call with the same
 *   options goes on from there.
 */
export async function runComparison(
  input: CompareOptions,
  hooks: StudyHooks = {},
): Promise<FinishedComparison> {
  return retried(hooks, (keep) => compareAll(input, hooks, keep));
}

/** One base with one head, and all that it answered. */
interface Cell extends Pick<
  ComparedNetwork,
  'base' | 'weights' | 'head' | 'title' | 'parameters' | 'multiplyAdds'
> {
  readonly right: RightByRepetition;
}

/** A cell under one seed, and which pictures judged it. */
interface Answered extends CellAnswer {
  readonly paths: readonly string[];
}

async function compareAll(input: CompareOptions, hooks: StudyHooks, keep: Keep): Promise<FinishedComparison> {
  const { own, bases } = resolveComparison(input);
  const seeds = Array.from({ length: own.seeds }, (_, i) => (input.seed ?? 0) + i);

  // 1. All bases are found and loaded before the first picture goes through one.
  const prepared: Prepared[] = [];
  for (const { heads } of bases) {
    prepared.push(await prepare(featuresOf(heads).options, hooks));
  }
  const [first] = prepared;
  const identity = { own, bases: prepared.map(identityOf), heads: bases };
  const study = keep(await openStudy('compare', first!.options, identity, hooks));
  const { labels } = first!.folder;

  // 2. Each base sees every picture once; its heads are trained on what it made of them, for all seeds.
  const answers = new Map<string, Answered[]>();
  const counts: Pick<ComparedNetwork, 'parameters' | 'multiplyAdds'>[] = [];
  const total = seeds.length * bases.reduce((sum, { heads }) => sum + heads.length, 0);
  let done = 0;
  // the first base looks for copies, for all of them: what --dedupe leaves out must not depend on the base
  let looks:
    | { readonly warnings: readonly string[]; readonly alike: number; readonly pairs: readonly CopyPair[] }
    | undefined;
  for (const [b, { heads, name }] of bases.entries()) {
    const { options, folder, base, plan } = prepared[b]!;
    hooks.onProgress?.({
      kind: 'note',
      message: `${base.title}${name.includes('=') ? ` (${name})` : ''}`,
    });
    // what one base decides of its precision is nothing to the next
    const ownFolder = path.join(study.checkpointFolder, `base-${b + 1}`);
    const extracted = await extractRun(prepared[b]!, ownFolder, keep, hooks, looks?.pairs);
    const { leaks, pairs } = extracted.copies;
    looks ??= { warnings: extracted.warnings, alike: leaks.length, pairs };
    extracted.pixels.close();
    const { broken } = extracted.features;
    const usable = withoutBrokenPictures(prepared[b]!.split, broken, labels);
    const every = keptTogether(allPictures(usable), pairs);
    const examples = examplesOf(extracted.features.store, every);
    const { mirrored } = extracted.features;
    const placeOf = new Map(every.map(({ path }, place) => [path, place]));
    const places = (pictures: Split['train']) => pictures.map(({ path }) => placeOf.get(path)!);
    const splits = seeds.map((seed) => {
      const drawn = withoutBrokenPictures(divide(folder, { ...options, seed }), broken, labels);
      return copiesInRun(drawn, pairs, { ...options, labels, facts: folder.facts }).split;
    });
    const shared = {
      base: name,
      heads: Object.fromEntries(heads.map(({ head, options: own }) => [head, fitOptions(own)])),
      splits: Object.fromEntries(
        splits.map(({ train, validation, test }, i) => [
          seeds[i]!,
          { train: places(train), validation: places(validation), test: places(test) },
        ]),
      ),
      classes: labels.length,
      parts: plan.parts,
    };
    const parts = heads.flatMap(({ head }) => seeds.map((seed) => ({ head, seed })));
    const fits = { shared, examples, mirrored: mirrored && examplesOf(mirrored, every) };
    const cells = await makeFits(study, name, cellFits, fits, parts, (now) =>
      hooks.onProgress?.({ kind: 'work', stage: 'Fitting heads', done: done + now, total, unit: 'fits' }),
    );
    done += parts.length;
    for (const [h, { head }] of heads.entries()) {
      const rows = splits.map(({ test }, i): Answered => {
        return { ...cells[h * seeds.length + i]!, paths: test.map(({ path }) => path) };
      });
      answers.set(`${name} ${head}`, rows);
    }
    extracted.features.close();
    const { network } = base;
    counts.push({
      parameters: frozenParameters(network),
      multiplyAdds: networkCosts(network).totals.multiplyAdds,
    });
  }

  // 3. Every network by its figures, every pair by the same pictures.
  const paths = [...new Set([...answers.values()].flat().flatMap((row) => row.paths))];
  const cells = bases.flatMap(({ name, heads }, b): Cell[] =>
    heads.map(({ head, options }) => {
      const rows = answers.get(`${name} ${head}`)!;
      const file = options.weights;
      const title = `${prepared[b]!.base.title}${file ? ` (${file})` : ''}, ${head}`;
      return {
        base: options.base,
        ...(file && { weights: file }),
        head,
        title,
        parameters: counts[b]!.parameters + rows[0]!.trained,
        multiplyAdds: counts[b]!.multiplyAdds,
        right: rows.map((row) => {
          const answered = new Map(row.paths.map((path, i) => [path, asRight(row.right)[i]!]));
          return paths.map((path) => answered.get(path));
        }),
      };
    }),
  );
  const comparison: NetworkComparison = {
    name: study.name,
    labels,
    seeds,
    judged: paths.length,
    ownSplits: first!.folder.parts.test === undefined && first!.folder.parts.validation === undefined,
    splitDescription: first!.split.how,
    networks: cells.map(({ right, ...cell }) => {
      const { accuracy, ci95 } = repeatedAccuracy(right);
      const bySeed = right.map((row) => repeatedAccuracy([row]).accuracy);
      return { ...cell, accuracy, ci95, bySeed };
    }),
    pairs: pairsOf(cells, new Random(input.seed ?? 0)),
    warnings: [
      ...looks!.warnings,
      ...(looks!.alike > 0
        ? [
            `Held-out pictures that look like pictures that are trained on: ${looks!.alike}. They flatter all networks.`,
          ]
        : []),
    ],
    command: hooks.command ?? `compareNetworks(${JSON.stringify(input)})`,
    config: { ...bases[0]!.heads[0]!.options, ...own },
  };
  await writeComparison(study.resultFolder, comparison);
  await study.finish();
  return { directory: study.directory, comparison, summary: comparisonText(comparison) };
}

function allPictures({ train, validation, test }: Split) {
  return [...train, ...validation, ...test];
}

function pairsOf(cells: readonly Cell[], random: Random): ComparedPair[] {
  const accuracy = cells.map(({ right }) => repeatedAccuracy(right).accuracy);
  const places = cells.map((_, i) => i).sort((a, b) => accuracy[b]! - accuracy[a]! || a - b);
  const pairs = places.flatMap((first, i) =>
    places.slice(i + 1).map((second) => {
      const own = random.fork(`${cells[first]!.title} ${cells[second]!.title}`);
      return { first, second, ...pairedDifference(cells[first]!.right, cells[second]!.right, own) };
    }),
  );
  const adjusted = holmAdjusted(pairs.map(({ p }) => p));
  return pairs.map((pair, i) => ({ ...pair, adjustedP: adjusted[i]! }));
}
