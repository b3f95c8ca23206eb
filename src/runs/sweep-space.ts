import fs from 'node:fs';
import { parseDocument } from 'yaml';
import { didYouMean, messageOf, UserError } from '../runtime/errors.js';
import type { Random } from '../runtime/random.js';
import { stepOptions, trainingOptions, trainsMoreThanHeads, usualSolver } from '../training/options.js';
import type { FinetuneOptions } from './options.js';
import { resolveStudy, type StudyOptions } from './study-options.js';

export type SettingValue = string | number;

/** What an option may be: one of a list, or anything from one number to another, each factor as likely. */
export type Choice = readonly SettingValue[] | { readonly from: number; readonly to: number };

/** Options of the head by their names, with what each may be. */
export type SweepSpace = Readonly<Record<string, Choice | SettingValue>>;

/** Options of one trial. */
export type Setting = Readonly<Record<string, SettingValue>>;

const unfit: readonly string[] = [...trainsMoreThanHeads, 'baseline', 'baselineEpochs'];

/** What can be swept: how a head is trained on stored features. */
export const sweepable = Object.keys(trainingOptions).filter((name) => !unfit.includes(name));

/**
 * A space as it is written on the command line: files in YAML or JSON, and `key=a,b,c` or `key=low..high`.
 *
 * @throws UserError when a file cannot be read, or a word is neither.
 */
export function readSpace(words: readonly string[]): SweepSpace {
  return Object.assign(
    {},
    ...words.map((word) => (word.includes('=') ? fromWord(word) : fromFile(word))),
  ) as SweepSpace;
}

function fromWord(word: string): SweepSpace {
  const [name = '', ...rest] = word.split('=');
  const text = rest.join('=').trim();
  const range = /^([^,]+)\.\.([^,]+)$/.exec(text);
  if (range) return { [name.trim()]: { from: Number(range[1]), to: Number(range[2]) } };
  return { [name.trim()]: text.split(',').map((value) => asValue(value.trim())) };
}

function asValue(text: string): SettingValue {
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

function fromFile(file: string): SweepSpace {
  let content: unknown;
  try {
    const document = parseDocument(fs.readFileSync(file, 'utf8'));
    if (document.errors[0]) throw document.errors[0];
    content = document.toJS();
  } catch (error) {
    throw new UserError(
      `Expected a space to search, key=a,b,c or a YAML or JSON file, but '${file}' is neither: ${messageOf(error)}.`,
    );
  }
  if (typeof content === 'object' && content !== null && !Array.isArray(content))
    return content as SweepSpace;
  throw new UserError(
    `Expected options and what they may be in '${file}', such as weightDecay: [0.01, 0.1].`,
  );
}

/**
 * The space with its options under their own names, each value checked against the table of options.
 *
 * @throws UserError that names every fault.
 */
export function checkSpace(space: SweepSpace, shared: StudyOptions): Readonly<Record<string, Choice>> {
  const faults: string[] = [];
  const checked: Record<string, Choice> = {};
  for (const [given, value] of Object.entries(space)) {
    const name = given.replace(/^-+/, '').replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (!sweepable.includes(name)) {
      faults.push(`'${given}' is no option of the head.${didYouMean(name, sweepable)}`);
      continue;
    }
    const choice = asChoice(value);
    if (!choice) {
      faults.push(`${name}: expected a list, or from and to above 0, but received ${JSON.stringify(value)}`);
      continue;
    }
    checked[name] = choice;
    for (const one of 'from' in choice ? [choice.from, choice.to] : (choice as readonly SettingValue[])) {
      try {
        resolveStudy({}, { ...shared, solver: undefined, head: undefined, [name]: one } as StudyOptions);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        const message = error.message.replace('Unusable options: ', '');
        if (!/the exact solver|solver steps/.test(message)) faults.push(message);
      }
    }
  }
  if (Object.keys(space).length === 0) faults.push('no option. Give for instance weightDecay=1e-4..10');
  if (faults.length > 0) {
    throw new UserError(
      `Expected a space of the head's options but received ${[...new Set(faults)].join('; ')} (options: ${sweepable.join(', ')})`,
    );
  }
  return checked;
}

function asChoice(value: unknown): Choice | undefined {
  const isValue = (one: unknown) => typeof one === 'string' || typeof one === 'number';
  if (isValue(value)) return [value as SettingValue];
  if (Array.isArray(value))
    return value.length > 0 && value.every(isValue) ? (value as SettingValue[]) : undefined;
  const { from, to } = (value ?? {}) as { from?: unknown; to?: unknown };
  return typeof from === 'number' && typeof to === 'number' && from > 0 && to > from
    ? { from, to }
    : undefined;
}

export interface Settings {
  readonly settings: readonly Setting[];
  readonly how: 'grid' | 'random';
  /** Combinations that make no sense, such as the exact solver for an mlp head. */
  readonly senseless: number;
}

/**
 * The settings to try: all combinations of lists where they are no more than `most`, else as many drawn at random. What a
 * setting does not heed is left out of it, and settings that are the same then are tried once.
 */
export function settingsOf(
  space: Readonly<Record<string, Choice>>,
  most: number,
  search: 'auto' | 'grid' | 'random',
  shared: StudyOptions,
  random: Random,
): Settings {
  const entries = Object.entries(space);
  const lists = entries.every(([, choice]) => !('from' in choice));
  const size = entries.reduce(
    (n, [, choice]) => n * ('from' in choice ? Infinity : (choice as unknown[]).length),
    1,
  );
  if (search === 'grid' && !lists) {
    throw new UserError(
      'Expected lists for --search grid but received a range. Give a,b,c, or --search random.',
    );
  }
  const how = search === 'random' || (search === 'auto' && (!lists || size > most)) ? 'random' : 'grid';
  const drawn: Setting[] = how === 'grid' ? combinations(entries) : [];
  // a few draws more than asked for: some fall together or make no sense
  for (let i = 0; how === 'random' && i < 20 * most; i++)
    drawn.push(Object.fromEntries(entries.map(([name, choice]) => [name, pick(choice, random)])));
  const found = new Map<string, Setting>();
  let senseless = 0;
  for (const setting of drawn) {
    if (how === 'random' && found.size >= most) break;
    const heeded = heededOf(setting, shared);
    if (heeded) found.set(JSON.stringify(Object.entries(heeded).sort()), heeded);
    else senseless++;
  }
  return { settings: [...found.values()].slice(0, most), how, senseless };
}

/** Undefined when the options contradict each other. */
function heededOf(setting: Setting, shared: StudyOptions): Setting | undefined {
  const given = { ...shared, ...setting } as Partial<FinetuneOptions>;
  if (given.head === 'prototypes') {
    return Object.fromEntries(Object.entries(setting).filter(([name]) => name === 'head'));
  }
  const isLinear = (given.head ?? 'linear') === 'linear';
  const asked = given.solver ?? 'auto';
  const solver = asked === 'auto' ? usualSolver(given, given) : asked;
  if (solver === 'exact' && !isLinear) return undefined;
  const unheeded: readonly string[] =
    solver === 'exact' ? [...stepOptions, 'batchSize', 'patience', 'dropout'] : isLinear ? ['dropout'] : [];
  return Object.fromEntries(Object.entries(setting).filter(([name]) => !unheeded.includes(name)));
}

function combinations(entries: readonly (readonly [string, Choice])[]): Setting[] {
  return entries.reduce<Setting[]>(
    (all, [name, choice]) =>
      all.flatMap((one) => (choice as readonly SettingValue[]).map((value) => ({ ...one, [name]: value }))),
    [{}],
  );
}

function pick(choice: Choice, random: Random): SettingValue {
  if (!('from' in choice)) return choice[random.below(choice.length)]!;
  const value = choice.from * (choice.to / choice.from) ** random.next();
  return Number(value.toPrecision(3));
}
