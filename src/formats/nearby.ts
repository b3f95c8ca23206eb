import { dirname, isAbsolute, join, normalize } from 'node:path';
import { FormatError } from './bytes.js';

/**
 * The path of a file that another one names as lying beside it, or in a folder below.
 *
 * @param owner the path of the file that names it.
 * @throws FormatError when the name leads out of the owner's folder.
 */
export function nearbyFile(owner: string, name: string): string {
  const inside = normalize(name);
  const leadsOut = isAbsolute(inside) || inside.split('/').includes('..') || name.includes('\0');
  if (leadsOut || inside === '.') {
    throw new FormatError(
      `it names '${name}', outside its folder`,
      'Put what it needs beside it, under plain names.',
    );
  }
  return join(dirname(owner), inside);
}
