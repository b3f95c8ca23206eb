import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeName, nameText, pathToOpen } from './names.js';

/**
 * What a name on the command line means, in the form of `decodeName`: itself where there is such a file. Names that
 * are no UTF-8 reach a program with U+FFFD in the place of bytes, or are typed as we print them, with `\xe4`: those
 * that may be meant. None where nothing is there.
 */
export async function resolveGiven(name: string): Promise<string[]> {
  if (await exists(name)) return [name];
  if (!/\uFFFD|\\x[0-9a-f]{2}/.test(name)) return [];
  let found = [name.startsWith('/') ? '/' : ''];
  for (const part of name.split('/').filter(Boolean)) {
    const next = await Promise.all(
      found.map(async (folder) => {
        if (await exists(join(folder, part))) return [join(folder, part)];
        const entries = await readdir(pathToOpen(folder || '.'), { encoding: 'buffer' }).catch(() => []);
        return entries
          .filter((entry) => entry.toString() === part || nameText(decodeName(entry)) === part)
          .map((entry) => join(folder, decodeName(entry)));
      }),
    );
    found = next.flat();
  }
  return found;
}

async function exists(file: string): Promise<boolean> {
  return stat(pathToOpen(file)).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT' && error.code !== 'ENOTDIR',
  );
}
