import { createHash } from 'node:crypto';
import { UserError } from '../runtime/errors.js';
import { byCodePoints, listed, type Picture } from './pictures.js';

/** Pictures that stay together, and how many of each class there are. */
interface Unit {
  readonly key: string;
  readonly pictures: readonly Picture[];
  readonly counts: readonly number[];
}

type Shares = { readonly validation: number; readonly test: number };
type Part = 'train' | 'validation' | 'test';

/**
 * Divides pictures so that those of one group, and copies byte for byte, stay together, and each class comes as near to
 * its share in every part as whole groups allow. Groups are taken in the order of SHA-256(seed, name): the same on
 * every machine. A group goes to a part when at least half of it is still wanted there.
 *
 * @throws UserError when a class has too few groups to be in every part.
 */
export function drawGroups(
  labels: readonly string[],
  pictures: readonly Picture[],
  seed: number,
  shares: Shares,
  warnings: string[],
): Record<Part, Picture[]> {
  const units = unitsOf(labels, pictures, seed);
  const parts = (['test', 'validation'] as const).filter((part) => shares[part] > 0);
  expectEnough(labels, units, parts.length + 1);
  const totals = sumOf(units, labels.length);
  const left = new Set(units);
  const taken: Record<Part, Unit[]> = { train: [], validation: [], test: [] };
  for (const part of parts) {
    const wanted = totals.map((total) => Math.max(1, Math.round(total * shares[part])));
    const missing = [...wanted];
    const take = (unit: Unit) => {
      taken[part].push(unit);
      left.delete(unit);
      for (const [k, count] of unit.counts.entries()) missing[k]! -= count;
    };
    for (const unit of [...left]) {
      const useful = unit.counts.reduce(
        (sum, count, k) => sum + Math.min(count, Math.max(0, missing[k]!)),
        0,
      );
      if (
        2 * useful >= unit.pictures.length &&
        leavesEnough(unit, left, parts.length - parts.indexOf(part))
      ) {
        take(unit);
      }
    }
    // a class whose groups are all too large: its smallest one
    for (const [k] of labels.entries()) {
      if (missing[k]! < wanted[k]!) continue;
      const [smallest] = [...left]
        .filter((unit) => unit.counts[k]! > 0 && leavesEnough(unit, left, parts.length - parts.indexOf(part)))
        .sort((a, b) => a.pictures.length - b.pictures.length);
      if (smallest) take(smallest);
    }
  }
  taken.train = [...left];
  tellUneven(labels, totals, taken, shares, parts, warnings);
  return {
    train: picturesOf(taken.train),
    validation: picturesOf(taken.validation),
    test: picturesOf(taken.test),
  };
}

/** What belongs together: one group, or one digest, or whatever these link. */
function unitsOf(labels: readonly string[], pictures: readonly Picture[], seed: number): Unit[] {
  const above = new Map<string, string>();
  const rootOf = (name: string): string => {
    let at = name;
    for (let next = above.get(at); next !== undefined; next = above.get(at)) at = next;
    return at;
  };
  const nameOf = ({ group, digest }: Picture) =>
    group === undefined ? `digest ${digest}` : `group ${group}`;
  for (const picture of pictures) {
    const [name, copy] = [rootOf(nameOf(picture)), rootOf(`digest ${picture.digest}`)];
    if (name !== copy) above.set(copy, name);
  }
  const members = new Map<string, Picture[]>();
  for (const picture of pictures) {
    const root = rootOf(nameOf(picture));
    const own = members.get(root);
    if (own) own.push(picture);
    else members.set(root, [picture]);
  }
  return [...members]
    .map(([name, own]) => {
      const counts = labels.map((_, k) => own.filter(({ label }) => label === k).length);
      const key = createHash('sha256').update(`${seed}\n${name}`).digest('hex');
      return { key, counts, pictures: own.sort((a, b) => byCodePoints(a.path, b.path)) };
    })
    .sort((a, b) => byCodePoints(a.key, b.key));
}

/** Whether, without this group, each class that it has still has a group for each of the parts that follow. */
function leavesEnough(unit: Unit, left: ReadonlySet<Unit>, partsAfter: number): boolean {
  return unit.counts.every((count, k) => {
    if (count === 0) return true;
    let others = 0;
    for (const other of left) if (other !== unit && other.counts[k]! > 0) others++;
    return others >= partsAfter;
  });
}

function expectEnough(labels: readonly string[], units: readonly Unit[], needed: number): void {
  const small = labels.flatMap((label, k) => {
    const own = units.filter(({ counts }) => counts[k]! > 0).length;
    return own < needed ? [`${label}: ${own}`] : [];
  });
  if (small.length === 0) return;
  throw new UserError(
    `Expected at least ${needed} groups in every class, one for each part that is drawn, but found fewer. ` +
      `Add pictures of other groups, give parts as folders, or remove the class:${listed(small)}`,
  );
}

function tellUneven(
  labels: readonly string[],
  totals: readonly number[],
  taken: Record<Part, Unit[]>,
  shares: Shares,
  parts: readonly ('test' | 'validation')[],
  warnings: string[],
): void {
  for (const part of parts) {
    const got = sumOf(taken[part], labels.length);
    const lines = labels.flatMap((label, k) => {
      const [wanted, own] = [totals[k]! * shares[part], got[k]!];
      const near = own > 0 && own >= wanted / 2 - 1 && own <= 2 * wanted + 1;
      return near ? [] : [`${label}: ${own} of ${totals[k]}`];
    });
    if (lines.length === 0) continue;
    const what = part === 'test' ? 'held out' : 'for validation';
    const share = `${Math.round(1000 * shares[part]) / 10} %`;
    warnings.push(
      `Groups are kept whole, so that far from ${share} is ${what} of ${lines.length === 1 ? 'a class' : 'some classes'}:${listed(lines)}`,
    );
  }
}

function sumOf(units: readonly Unit[], classes: number): number[] {
  const sums = new Array<number>(classes).fill(0);
  for (const { counts } of units) for (const [k, count] of counts.entries()) sums[k]! += count;
  return sums;
}

function picturesOf(units: readonly Unit[]): Picture[] {
  return units.flatMap(({ pictures }) => pictures);
}
