import { counted } from '../data/pictures.js';
import type { FolderCheck } from '../runs/folder-check.js';
import { textTable } from './table.js';
import { percent, percentRange, thousands } from './text.js';

/** Rows of each kind that the screen shows; the page and --json have more. */
const most = 10;

/** The check in a few words. */
export function verdictOf({ advice }: FolderCheck): string {
  const grave = advice.filter((one) => one.grave).length;
  const rest = advice.length - grave;
  if (advice.length === 0) return 'Nothing found that speaks against training';
  const faults = grave > 0 ? `${counted(grave, 'thing')} to mend before a figure can be trusted` : '';
  const looks = rest > 0 ? `${counted(rest, 'thing')} to look at` : '';
  return [faults, looks].filter(Boolean).join(', ');
}

/** The check for a terminal. */
export function checkText(check: FolderCheck): string {
  return [classTable(check), copies(check), labels(check), shortcuts(check), todo(check)]
    .filter(Boolean)
    .join('\n\n');
}

function classTable({ classes, layout, pictures }: FolderCheck): string {
  const parts = layout === 'parts' ? [...new Set(classes.flatMap((one) => Object.keys(one.parts)))] : [];
  const shown = classes.slice(0, 3 * most);
  const rows = shown.map((one) => [
    one.label,
    thousands(one.pictures),
    ...parts.map((part) => thousands(one.parts[part] ?? 0)),
  ]);
  const head = [`${thousands(pictures)} pictures`, 'all', ...parts];
  const table = textTable([head, ...rows], head.map((_, i) => i).slice(1));
  return classes.length > shown.length
    ? `${table}\nand ${counted(classes.length - shown.length, 'more class', 'more classes')}`
    : table;
}

function copies({ copies: groups }: FolderCheck): string {
  if (groups.length === 0) return 'Copies: none found.';
  const rank = (group: (typeof groups)[number]) =>
    (group.acrossClasses ? 2 : 0) + (group.acrossParts ? 1 : 0);
  const lines = [...groups]
    .sort((a, b) => rank(b) - rank(a))
    .slice(0, most)
    .map(({ pictures, kinds }) => {
      const paths = pictures.slice(0, 3).map(({ path }) => path);
      const more = pictures.length > paths.length ? ` and ${pictures.length - paths.length} more` : '';
      return `  ${paths.join(' = ')}${more} (${kinds.join(', ')})`;
    });
  return [`Copies: ${counted(groups.length, 'photograph')} more than once`, ...lines, rest(groups)]
    .filter(Boolean)
    .join('\n');
}

function labels({ labels: { suspicious, agreement, why } }: FolderCheck): string {
  if (why !== undefined) return `Labels: not judged: ${why}`;
  const agrees = agreement === undefined ? '' : ` (other pictures agree with ${percent(agreement)} of all)`;
  if (suspicious.length === 0) return `Labels: none that is surely contradicted${agrees}.`;
  const rows = suspicious
    .slice(0, most)
    .map(({ path, label, looksLike, probability }) => [
      `  ${path}`,
      `is ${label}`,
      `looks like ${looksLike}`,
      percent(probability),
    ]);
  return [
    `Labels: ${counted(suspicious.length, 'picture')} perhaps in the wrong folder${agrees}`,
    textTable(rows, [3], 110),
    rest(suspicious),
  ]
    .filter(Boolean)
    .join('\n');
}

function shortcuts({ shortcuts: tests }: FolderCheck): string {
  const [first] = tests;
  if (!first) return '';
  const rows = tests.map(({ fact, accuracy, ci95, tells }) => [
    `  ${fact}`,
    percent(accuracy),
    percentRange(ci95),
    tells ? 'gives the class away' : '',
  ]);
  return `Shortcuts: the class told by one fact alone; the most frequent class gets ${percent(first.majority)}\n${textTable(rows, [1, 2])}`;
}

function todo(check: FolderCheck): string {
  const lines = check.advice.map(
    ({ finding, todo: what, grave }) => `${grave ? '!' : '-'} ${finding}\n  ${what}`,
  );
  return [`${verdictOf(check)}.`, ...lines].join('\n');
}

function rest(all: readonly unknown[]): string {
  return all.length > most ? `  and ${thousands(all.length - most)} more` : '';
}
