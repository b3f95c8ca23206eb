import fs from 'node:fs';
import path from 'node:path';
import { UserError } from '../runtime/errors.js';
import { byCodePoints, type Picture } from './pictures.js';

const pictureEndings = /\.(jpe?g|jpe|jfif|png|webp|gif|tiff?|avif|bmp|heic|heif|svg)$/i;

/**
 * The picture files that a command line names: files as they are, folders with all pictures below them (hidden ones
 * left out), patterns with * and ? and ** where the shell has not expanded them.
 *
 * @throws UserError when something named does not exist or holds no pictures.
 */
export async function findPictures(given: readonly string[]): Promise<Pick<Picture, 'path' | 'file'>[]> {
  const found = given.flatMap((name) => {
    const stat = fs.statSync(name, { throwIfNoEntry: false });
    if (stat?.isFile()) return [name];
    const files = stat?.isDirectory() ? picturesBelow(name) : matching(name);
    if (files.length === 0) {
      throw new UserError(
        stat
          ? `Expected pictures in '${name}' but found none.`
          : `Expected a picture, a folder or a pattern but '${name}' does not exist.`,
      );
    }
    return files;
  });
  return [...new Set(found)].map((file) => ({ path: file, file: path.resolve(file) }));
}

function picturesBelow(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && pictureEndings.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter(
      (file) =>
        !path
          .relative(folder, file)
          .split(path.sep)
          .some((part) => part.startsWith('.')),
    )
    .sort(byCodePoints);
}

function matching(pattern: string): string[] {
  if (!/[*?]/.test(pattern)) return [];
  const parts = pattern.split('/');
  const fixed = parts.findIndex((part) => /[*?]/.test(part));
  const root = parts.slice(0, fixed).join('/') || (pattern.startsWith('/') ? '/' : '.');
  if (!fs.existsSync(root)) return [];
  const expression = new RegExp(
    `^${parts.slice(fixed).map(asExpression).join('/').replaceAll('.*/', '(?:.*/)?')}$`,
    'u',
  );
  return fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => expression.test(path.relative(root, file).split(path.sep).join('/')))
    .filter((file) => pictureEndings.test(file))
    .sort(byCodePoints);
}

function asExpression(part: string): string {
  if (part === '**') return '.*';
  return part
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
}
