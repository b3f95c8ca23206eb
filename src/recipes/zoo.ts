import { networkCosts } from '../summary/network-costs.js';
import { parameterCount } from '../models/network-weights.js';
import { type PublishedAccuracy, publishedAccuracy } from '../models/published.js';
import { preprocessingOf } from '../models/published-names.js';
import { acceptedNames, type ModelSpec, modelSpec, type Preprocessing } from '../models/registry.js';
import { didYouMean, messageOf, UserError } from '../runtime/errors.js';
import { catalogue, networkOf } from '../zoo/catalogue.js';
import type { CatalogueEntry } from '../zoo/catalogue-entry.js';
import { knownEntries } from '../zoo/known-entries.js';
import { loadPublished, verifySource } from '../zoo/load-weights.js';
import { isRemote } from '../zoo/sources.js';
import { zooStatus } from '../zoo/zoo-status.js';
import { fetchProgress } from '../zoo/fetch-progress.js';
import type { Hooks } from '../runtime/progress.js';

/** A line of `finetune zoo list`. */
export interface ZooRow {
  readonly name: string;
  /** The network, as --base takes it. */
  readonly model: string;
  /** With its own classifier, for predict and evaluate, or without. */
  readonly part: 'whole' | 'base';
  /** Of the file that is here, else of the published one, else four bytes a parameter. */
  readonly bytes: number;
  readonly parameters: number;
  /** For one picture, in thousands of millions. */
  readonly gigaMultiplyAdds: number;
  readonly accuracy: PublishedAccuracy | null;
  readonly licence: string;
  /** The files on this machine. */
  readonly here: readonly string[];
}

/** Told in one line when the project's own file is damaged, and left out; without it that is thrown. */
type OnFault = (message: string) => void;

/** Everything that the catalogue and the project's own file know, in the catalogue's order. */
export function zooList(onFault?: OnFault, environment: NodeJS.ProcessEnv = process.env): ZooRow[] {
  return rowsOf(knownEntries(onFault), environment);
}

function rowsOf(entries: readonly CatalogueEntry[], environment: NodeJS.ProcessEnv): ZooRow[] {
  return zooStatus(environment, entries).map(({ entry, places }) => {
    const { parameters, multiplyAdds } = networkCosts(networkOf(entry)).totals;
    const published = entry.sources.find((source) => source.kind === 'url')?.bytes;
    return {
      name: entry.name,
      model: entry.model,
      part: isWhole(entry) ? 'whole' : 'base',
      bytes: places[0]?.bytes ?? published ?? 4 * entry.parameters,
      parameters,
      gigaMultiplyAdds: multiplyAdds / 1e9,
      accuracy: publishedAccuracy(entry) ?? null,
      licence: entry.licence,
      here: places.map(({ file }) => file),
    };
  });
}

function isWhole({ model, parameters }: CatalogueEntry): boolean {
  return parameterCount(modelSpec(model).build()) === parameters;
}

/** All there is to know of some weights. */
export interface ZooInfo extends ZooRow {
  readonly title: string;
  readonly paper: string;
  readonly inputShape: ModelSpec['inputShape'];
  readonly preprocessing: Preprocessing;
  readonly transferCut: string;
  readonly attribution: string;
  readonly digest: string | null;
  readonly sources: CatalogueEntry['sources'];
}

/** As `zooList` and more, for one entry or for all of a network's. Throws a UserError for an unknown name. */
export function zooInfo(
  name: string,
  onFault?: OnFault,
  environment: NodeJS.ProcessEnv = process.env,
): ZooInfo[] {
  const known = knownEntries(onFault);
  const rows = rowsOf(known, environment);
  return entriesNamed(name, known, () => known).map((entry) => {
    const spec = modelSpec(entry.model);
    return {
      ...rows.find((row) => row.name === entry.name)!,
      title: spec.title,
      paper: spec.paper,
      inputShape: spec.inputShape,
      preprocessing: preprocessingOf(spec.buildBase(), entry.family) ?? spec.preprocessing,
      transferCut: spec.transferCut,
      attribution: entry.attribution,
      digest: entry.digest ?? null,
      sources: entry.sources,
    };
  });
}

/**
 * Those of `candidates` that are of the network of that name, in the order to try, else the entry of that name, of
 * whatever is known.
 */
function entriesNamed(
  name: string,
  candidates: readonly CatalogueEntry[],
  all: () => readonly CatalogueEntry[],
): CatalogueEntry[] {
  const model = acceptedNames().includes(name) ? modelSpec(name).name : name;
  const ofModel = candidates.filter((candidate) => candidate.model === model);
  if (ofModel.length > 0) return ofModel;
  const known = candidates.some((candidate) => candidate.name === name) ? candidates : all();
  const entry = known.find((candidate) => candidate.name === name);
  if (entry) return [entry];
  if (acceptedNames().includes(name)) {
    throw new UserError(
      `Expected published weights for ${name} but the catalogue holds none. Train it, or give --weights FILE.`,
    );
  }
  const names = [...known.map((candidate) => candidate.name), ...acceptedNames()];
  throw new UserError(
    `Expected weights or a network of the zoo but received '${name}'.${didYouMean(name, names)} ` +
      "See 'finetune zoo list'.",
  );
}

/** Where the weights of each name came from; of a network's several, the first that can be had. */
export async function zooFetch(
  names: readonly string[],
  hooks: Hooks & { readonly offline?: boolean } = {},
): Promise<{ name: string; source: string; digest: string }[]> {
  // A project's own entries are fetched when they are named, not because they are of a network that was.
  const wanted = names.map((name) => ({ name, entries: entriesNamed(name, catalogue, knownEntries) }));
  const fetched: { name: string; source: string; digest: string }[] = [];
  for (const { name, entries } of wanted) {
    const options = {
      onProgress: fetchProgress(hooks),
      ...(hooks.offline && { offline: true }),
      ...(hooks.signal && { signal: hooks.signal }),
    };
    const { source, digest } = await loadPublished(entries, smallest(entries), options);
    fetched.push({ name, source, digest });
  }
  return fetched;
}

/** What every one of the entries can give: the base where one of them is only that. */
function smallest(entries: readonly CatalogueEntry[]) {
  return networkOf(entries.reduce((a, b) => (b.parameters < a.parameters ? b : a)));
}

/** What became of a file of weights on this machine. */
export interface Verified {
  readonly name: string;
  readonly file: string;
  /** Undefined when the file is sound. */
  readonly fault?: string;
}

/** Reads every file of the catalogue that is on this machine and checks its digest; nothing is deleted. */
export async function zooVerify(
  onVerified: (verified: Verified) => void | Promise<void> = () => undefined,
  onFault?: OnFault,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Verified[]> {
  const all: Verified[] = [];
  for (const { entry, places } of zooStatus(environment, knownEntries(onFault))) {
    for (const { source, file } of places) {
      if (isRemote(source)) continue;
      const fault = await verifySource(source, entry, environment).then(() => undefined, messageOf);
      const verified = { name: entry.name, file, ...(fault !== undefined && { fault }) };
      all.push(verified);
      await onVerified(verified);
    }
  }
  return all;
}
