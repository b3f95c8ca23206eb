import type { Change, Changes } from '../evaluation/changes.js';
import { textTable } from './table.js';
import { percent, pValue, signedPoints } from './text.js';

/** Classes that the screen shows; `--json` has them all. */
const mostClasses = 20;

/** `94.1 % before, 92.8 % now on the same 153 pictures: −1.3 points (95 % interval …; McNemar p = 0.63), which may be chance`. */
export function changeText(change: Change): string {
  const { n, accuracy, accuracyBefore, difference, differenceCi95, mcnemarP, verdict } = change;
  const [low, high] = differenceCi95.map(signedPoints);
  const doubt = `(95 % interval ${low} to ${high}; McNemar ${pValue(mcnemarP)})`;
  const same = `${n === 1 ? 'the same picture' : `the same ${n} pictures`}`;
  const figures = `${percent(accuracyBefore)} before, ${percent(accuracy)} now on ${same}: ${signedPoints(difference)} points ${doubt}`;
  if (difference === 0) return `${figures}, no difference`;
  return `${figures}, ${verdict === 'chance' ? 'which may be chance' : `a ${verdict} that is more than chance`}`;
}

/** The classes whose answers have changed, the clearest change first; empty where there is none. */
export function classChangesTable({ perClass }: Pick<Changes, 'perClass'>): string {
  const changed = perClass
    .filter(({ onlyFirst, onlySecond }) => onlyFirst + onlySecond > 0)
    .sort((a, b) => a.mcnemarP - b.mcnemarP);
  if (changed.length === 0) return '';
  const rows = changed
    .slice(0, mostClasses)
    .map(({ label, n, accuracy, accuracyBefore, mcnemarP, verdict }) => [
      label,
      String(n),
      percent(accuracyBefore),
      percent(accuracy),
      mcnemarP < 1e-4 ? '< 0.0001' : mcnemarP.toPrecision(2),
      verdict === 'chance' ? 'may be chance' : `a ${verdict}, more than chance`,
    ]);
  const table = textTable([['class', 'pictures', 'before', 'now', 'p', ''], ...rows], [1, 2, 3, 4], 100);
  const more = changed.length - rows.length;
  return more > 0 ? `${table}\nand ${more} classes more with smaller changes` : table;
}
