import { existsSync } from 'node:fs';
import type { Network } from '../models/network.js';
import { publishedNames } from '../models/published-names.js';
import { UserError } from '../runtime/errors.js';

/** What PyTorch's wrappers put between a module's name and those inside: DataParallel, compile, FSDP, Lightning. */
const wrappers = new Set([
  'module',
  '_orig_mod',
  '_fsdp_wrapped_module',
  '_checkpoint_wrapped_module',
  '_forward_module',
]);

/** Where training scripts keep the weights as trained, the most usual first. */
const usualPlaces = ['', 'state_dict', 'model_state_dict', 'model', 'net', 'network', 'weights', 'params'];

/** Weights of one network among a file's tensors: those whose names begin alike. */
export interface WeightSet {
  /** What comes before the network's own names, without the last dot: `state_dict.model`; '' for nothing. */
  readonly place: string;
  /** A tensor's name in the file → its name in the network. */
  readonly names: ReadonlyMap<string, string>;
  /** How many of the names belong to layers of the network. */
  readonly hits: number;
}

/** A path as a user gives it, `FILE` or `FILE#SET`: which of a checkpoint's sets of weights is meant. */
export function splitSet(given: string): { file: string; wanted?: string } {
  const at = given.lastIndexOf('#');
  if (at <= 0 || existsSync(given)) return { file: given };
  return { file: given.slice(0, at), wanted: given.slice(at + 1) };
}

/** The names that a network's layers have here and wherever they are published. */
export function layerNames(network: Network): Set<string> {
  const published = publishedNames(network).flatMap(({ layers }) => [...layers.keys()]);
  return new Set([...network.layers.map(({ name }) => name), ...published]);
}

/**
 * The sets of weights among a file's tensors that have most of a network's layers: one, with whatever stands before
 * its names, or several, where a checkpoint keeps its averaged weights beside those as trained.
 */
export function weightSets(known: ReadonlySet<string>, stored: readonly string[]): WeightSet[] {
  const plain = withoutWrappers(stored);
  const hits = new Map<string, number>();
  for (const name of plain.values()) {
    for (const place of placesOf(known, name)) hits.set(place, (hits.get(place) ?? 0) + 1);
  }
  const most = Math.max(0, ...hits.values());
  return [...hits]
    .filter(([, count]) => 2 * count > most)
    .sort(([, a], [, b]) => b - a)
    .map(([place, count]) => ({ place, names: namesAt(place, plain), hits: count }));
}

/**
 * The set to read, of those in a file: the one asked for, else the one with most layers. Of several alike it is the
 * one in the most usual place; averaged ones (EMA) are taken only when asked for, or where there are no others.
 *
 * @param wanted a part of the set's place, as `model_ema`.
 * @throws UserError when there is no such set, or when none of several is the usual one.
 */
export function chooseSet(
  sets: readonly WeightSet[],
  { file, wanted }: { readonly file: string; readonly wanted: string | undefined },
): WeightSet | undefined {
  if (wanted !== undefined) {
    const found = sets.find(({ place }) => `.${place}.`.includes(`.${wanted}.`));
    if (found) return found;
    const there = sets.map(({ place }) => `'${place}'`).join(', ');
    throw new UserError(
      `Expected weights under '${wanted}' in '${file}' but found ${there ? `them under ${there}` : 'none'}.` +
        (sets.length > 0 ? ` Use ${sets.map(({ place }) => asked(file, place)).join(' or ')}.` : ''),
    );
  }
  const most = sets.filter(({ hits }) => hits === sets[0]?.hits);
  const asTrained = most.filter(({ place }) => !isAveraged(place));
  const candidates = asTrained.length > 0 ? asTrained : most;
  if (candidates.length <= 1) return candidates[0];
  const [first, second] = candidates.toSorted((a, b) => rankOf(a.place) - rankOf(b.place));
  if (rankOf(first!.place) < rankOf(second!.place)) return first;
  const choices = candidates.map(({ place }) => asked(file, place));
  throw new UserError(
    `Expected one set of weights in '${file}' but it holds ${candidates.length} that fit. ` +
      `Choose with ${choices.slice(0, 4).join(' or ')}.`,
  );
}

/** How a set of a file is asked for. */
export function asked(file: string, place: string): string {
  return place ? `'${file}#${place}'` : `'${file}'`;
}

/** Averaged over training, as its name says: ema, model_ema, state_dict_ema, ema_model, swa … */
function isAveraged(place: string): boolean {
  return /(^|[._])(ema|swa|averaged?|avg)($|[._])/i.test(place);
}

function rankOf(place: string): number {
  const rank = usualPlaces.indexOf(place.split('.')[0]!);
  return rank < 0 ? usualPlaces.length : rank;
}

/** Names in the file → names without the wrappers' parts; unchanged where two would become one. */
function withoutWrappers(stored: readonly string[]): Map<string, string> {
  const taken = new Set(stored);
  return new Map(
    stored.map((name) => {
      const plain = name
        .split('.')
        .filter((part) => !wrappers.has(part))
        .join('.');
      if (plain === name || plain === '' || taken.has(plain)) return [name, name];
      taken.add(plain);
      return [name, plain];
    }),
  );
}

/** What stands before a layer's name in a tensor's: of `model.layer1.0.conv1.weight` also `model.layer1.0`. */
function placesOf(known: ReadonlySet<string>, name: string): string[] {
  const layer = name.slice(0, Math.max(name.lastIndexOf('.'), name.lastIndexOf('/')));
  const places: string[] = [];
  for (let start = 0; start >= 0 && start < layer.length;) {
    if (known.has(layer.slice(start))) places.push(layer.slice(0, Math.max(0, start - 1)));
    const dot = layer.indexOf('.', start);
    start = dot < 0 ? -1 : dot + 1;
  }
  return places;
}

function namesAt(place: string, plain: ReadonlyMap<string, string>): Map<string, string> {
  if (place === '') return new Map(plain);
  const inside = [...plain].filter(([, name]) => name.startsWith(`${place}.`));
  return new Map(inside.map(([name, whole]) => [name, whole.slice(place.length + 1)]));
}
