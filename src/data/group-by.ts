import fs from 'node:fs';
import { parseCsv } from '../formats/csv.js';
import { messageOf, UserError } from '../runtime/errors.js';
import { counted, listed, type Picture } from './pictures.js';
import type { ScannedFolder } from './scan.js';

/**
 * The folder with its pictures' groups: what --group-by says of the same animal, camera or video.
 *
 * @param groupBy a regular expression on the path in the folder, whose first capture names the group (the whole match
 *   without one), or a CSV file of path,group.
 * @throws UserError when it cannot be read, or names the group of no picture.
 */
export function withGroups(folder: ScannedFolder, groupBy: string): ScannedFolder {
  const groupOf = /\.csv$/i.test(groupBy) ? readGroups(groupBy) : readPattern(groupBy);
  const parts = Object.fromEntries(
    Object.entries(folder.parts).map(([part, pictures]) => [
      part,
      pictures.map((picture) => {
        const group = groupOf(picture.path);
        return group === undefined ? picture : { ...picture, group };
      }),
    ]),
  );
  const all: Picture[] = Object.values(parts).flat();
  const alone = all.filter(({ group }) => group === undefined);
  if (alone.length === all.length) {
    throw new UserError(
      `Expected --group-by '${groupBy}' to name the group of pictures but it does of none; their paths are like '${all[0]?.path}'.`,
    );
  }
  const groups = new Set(all.flatMap(({ group }) => group ?? []));
  const warnings = [...folder.warnings];
  if (alone.length > 0) {
    const paths = listed(alone.map(({ path }) => path));
    warnings.push(`${counted(alone.length, 'picture')} without a group, each taken by itself:${paths}`);
  }
  if (groups.size === all.length - alone.length) {
    warnings.push(
      `--group-by '${groupBy}' gives every picture a group of its own: nothing is kept together.`,
    );
  }
  return { ...folder, parts, warnings };
}

function readPattern(text: string): (path: string) => string | undefined {
  let pattern: RegExp;
  try {
    pattern = new RegExp(text, 'u');
  } catch (error) {
    throw new UserError(
      `Expected --group-by to be a regular expression, such as '([^/]+)_\\d+\\.', or a CSV file but received '${text}': ${messageOf(error)}.`,
    );
  }
  return (path) => {
    const match = pattern.exec(path);
    const name = match?.[1] ?? match?.[0];
    return name === '' ? undefined : name;
  };
}

function readGroups(file: string): (path: string) => string | undefined {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(
      `Expected --group-by to name a CSV file of path,group but '${file}' cannot be read: ${messageOf(error)}.`,
    );
  }
  const groups = new Map<string, string>();
  for (const [i, row] of parseCsv(text).entries()) {
    const [path = '', group = ''] = row.map((field) => field.trim());
    if (path === '' && row.length < 2) continue;
    if (row.length < 2) {
      throw new UserError(
        `Expected a path and its group in every line of '${file}' but line ${i + 1} is '${row.join(',')}'.`,
      );
    }
    const key = pathKey(path);
    const known = groups.get(key);
    if (known !== undefined && known !== group) {
      throw new UserError(
        `Expected one group for each picture in '${file}' but '${path}' has '${known}' and '${group}'.`,
      );
    }
    if (group !== '') groups.set(key, group);
  }
  return (path) => groups.get(pathKey(path));
}

/** Paths as they are written on all systems. */
function pathKey(path: string): string {
  return path
    .replaceAll('\\', '/')
    .replace(/^(\.\/)+/, '')
    .normalize('NFC');
}
