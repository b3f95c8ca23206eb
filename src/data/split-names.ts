/** How a data folder may be laid out; `auto` finds out, and refuses where it cannot tell. */
export const layoutNames = ['auto', 'classes', 'splits', 'groups'] as const;
export type LayoutName = (typeof layoutNames)[number];

export type FolderPart = 'train' | 'validation' | 'test';

/** What the name of a folder says of its part in a split; `evaluation` is validation or test, whichever is not there. */
export interface SplitName {
  readonly part: FolderPart | 'evaluation';
  /** Whether the name says nothing else: `Training Set`, and not `steam train`. */
  readonly plain: boolean;
}

const partWords: ReadonlyMap<string, SplitName['part']> = new Map([
  ...['train', 'training', 'trainset', 'trn', 'trainval'].map((word) => [word, 'train'] as const),
  ...['val', 'valid', 'validation', 'validate', 'valset', 'dev', 'devel', 'development', 'devset'].map(
    (word) => [word, 'validation'] as const,
  ),
  ...['test', 'testing', 'testset', 'tst', 'holdout'].map((word) => [word, 'test'] as const),
  ...['eval', 'evaluation', 'evalset'].map((word) => [word, 'evaluation'] as const),
]);

/** Words that say nothing of what a picture shows. */
const emptyWords = new Set(
  'a all data dataset file files folder image images img imgs photo photos pic pics picture pictures set split'.split(
    ' ',
  ),
);

const groupWords = new Set(
  (
    'batch cam camera case center centre chunk clinic cv day device fold group hospital k kfold location part partition ' +
    'participant patient person run scanner scene sensor sequence seq session shard site slide split station study ' +
    'subject trap user volunteer'
  ).split(' '),
);

/** Letters and numbers apart, humps of camel case too, all small: `seg_Train2017` is seg, train, 2017. */
function words(name: string): string[] {
  return (
    name
      .normalize('NFKC')
      .replace(/(\p{Ll})(?=\p{Lu})/gu, '$1 ')
      .toLowerCase()
      .replace(/\bh[eo]ld[^\p{L}\p{N}]*out\b/gu, 'holdout')
      .match(/\p{L}+|\p{N}+/gu) ?? []
  );
}

/** What part of a split a folder is by its name, in whatever spelling; undefined when it says none, or several. */
export function splitNameOf(name: string): SplitName | undefined {
  const all = words(name);
  const parts = new Set(all.flatMap((word) => partWords.get(word) ?? []));
  const [part] = parts;
  if (!part) return undefined;
  const plain = all.every((word) => partWords.has(word) || emptyWords.has(word) || /^\p{N}+$/u.test(word));
  if (parts.size === 1) return { part, plain };
  // `train_val` is what is left without test
  return parts.size === 2 && parts.has('train') && parts.has('validation')
    ? { part: 'train', plain }
    : undefined;
}

/** Whether a name says where a picture comes from and not what it shows: `fold 3`, `patient-017`, `camera_B`. */
export function isGroupName(name: string): boolean {
  const all = words(name);
  const numbered = (word: string) => /^(\p{N}+|\p{L})$/u.test(word);
  return (
    all.some((word) => groupWords.has(word)) &&
    all.some((word) => numbered(word)) &&
    all.every((word) => groupWords.has(word) || emptyWords.has(word) || numbered(word))
  );
}
