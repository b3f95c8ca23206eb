import { counted } from '../data/pictures.js';
import { percent } from '../runtime/percent.js';
import type { Advice, FolderCheck } from './folder-check.js';

/** Below so many pictures a class no figure is worth much: the interval of a held-out part of a few is half the scale. */
const few = 20;
/** The largest class by the smallest: beyond this the usual accuracy hides the small ones. */
const uneven = 3;

type Findings = Omit<FolderCheck, 'advice'>;

/** What to do about what was found, the gravest first. */
export function adviceOn(found: Findings): Advice[] {
  const all = [
    ...twoLabels(found),
    ...leaks(found),
    ...brokenFiles(found),
    ...wrongLabels(found),
    ...copiesWithin(found),
    ...shortcuts(found),
    ...imbalance(found),
    ...tooFew(found),
    ...found.warnings.map((finding) => ({
      about: 'folder' as const,
      finding,
      todo: 'Look whether that is meant.',
      grave: false,
    })),
  ];
  return [...all.filter(({ grave }) => grave), ...all.filter(({ grave }) => !grave)];
}

function twoLabels({ copies }: Findings): Advice[] {
  const groups = copies.filter(({ acrossClasses }) => acrossClasses);
  if (groups.length === 0) return [];
  return [
    {
      about: 'copies',
      finding: `${counted(groups.length, 'photograph')} under more than one class, such as ${pathsOf(groups[0]!)}.`,
      todo: 'Decide which class is right and delete the others: one of them teaches, or judges, wrongly.',
      grave: true,
    },
  ];
}

function leaks({ copies }: Findings): Advice[] {
  const groups = copies.filter(({ acrossParts }) => acrossParts);
  if (groups.length === 0) return [];
  return [
    {
      about: 'copies',
      finding: `${counted(groups.length, 'photograph')} on more than one side of the split, such as ${pathsOf(groups[0]!)}: the held-out figure flatters.`,
      todo: 'Delete the copy that trains, or train with --dedupe.',
      grave: true,
    },
  ];
}

function copiesWithin({ copies, layout }: Findings): Advice[] {
  const groups = copies.filter(({ acrossParts, acrossClasses }) => !acrossParts && !acrossClasses);
  if (groups.length === 0) return [];
  const extra = groups.reduce((sum, { pictures }) => sum + pictures.length - 1, 0);
  const flatters = layout === 'flat' ? ' A split drawn from this folder may put them on both sides.' : '';
  return [
    {
      about: 'copies',
      finding: `${counted(groups.length, 'photograph')} more than once, ${counted(extra, 'copy', 'copies')} too many, such as ${pathsOf(groups[0]!)}.${flatters}`,
      todo: 'Delete all but one of each, or train with --dedupe.',
      grave: layout === 'flat',
    },
  ];
}

/** Two of the pictures, those that differ in what matters. */
function pathsOf({ pictures, acrossClasses, acrossParts }: Findings['copies'][number]): string {
  const [one, ...others] = pictures;
  const other =
    others.find(({ label, part }) =>
      acrossClasses ? label !== one!.label : !acrossParts || part !== one!.part,
    ) ?? others[0];
  return `${one!.path} and ${other!.path}`;
}

function brokenFiles({ broken }: Findings): Advice[] {
  const [first] = broken;
  if (!first) return [];
  return [
    {
      about: 'broken',
      finding: `${counted(broken.length, 'file')} that cannot be used, such as ${first.path} (${first.reason}).`,
      todo: 'Replace or delete them; training leaves them out.',
      grave: false,
    },
  ];
}

function wrongLabels({ labels: { suspicious } }: Findings): Advice[] {
  const [first] = suspicious;
  if (!first) return [];
  return [
    {
      about: 'labels',
      finding: `${counted(suspicious.length, 'picture')} that may be in the wrong folder, such as ${first.path}: it looks like ${first.looksLike}.`,
      todo: 'Look at them, the first ones first, and move those that are wrong; some are right and merely hard.',
      grave: false,
    },
  ];
}

function shortcuts({ shortcuts: tests }: Findings): Advice[] {
  return tests
    .filter(({ tells }) => tells)
    .map(({ fact, accuracy, majority }) => ({
      about: 'shortcuts',
      finding: `The ${fact} alone tells the class of ${percent(accuracy)} of the pictures; always answering the most frequent class, ${percent(majority)}.`,
      todo:
        fact === 'mean colour' || fact === 'brightness and contrast'
          ? 'If that is the place or the camera and not what the classes are, take pictures of every class in the same conditions.'
          : 'Bring the pictures of all classes to the same kind of file, size and source, or a network may learn where they came from.',
      grave: false,
    }));
}

function imbalance({ classes }: Findings): Advice[] {
  const sorted = [...classes].sort((a, b) => b.pictures - a.pictures);
  const [most, least] = [sorted[0], sorted.at(-1)];
  if (!most || !least || most.pictures < uneven * least.pictures) return [];
  return [
    {
      about: 'imbalance',
      finding: `${most.label} has ${counted(most.pictures, 'picture')}, ${least.label} ${least.pictures}: accuracy says little of ${least.label}.`,
      todo: 'Add pictures of the small classes, train with --class-weights balanced, and read the balanced accuracy.',
      grave: false,
    },
  ];
}

function tooFew({ classes }: Findings): Advice[] {
  const small = classes.filter(({ pictures }) => pictures < few);
  if (small.length === 0) return [];
  const names = small.slice(0, 5).map(({ label, pictures }) => `${label} (${pictures})`);
  const more = small.length > names.length ? ` and ${small.length - names.length} more` : '';
  return [
    {
      about: 'few',
      finding: `${counted(small.length, 'class', 'classes')} with fewer than ${few} pictures: ${names.join(', ')}${more}.`,
      todo: 'Add pictures: with so few the figures of a class hang on one or two of them.',
      grave: false,
    },
  ];
}
