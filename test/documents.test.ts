/** Every document of the repository: no merge markers, and links that lead somewhere. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { brokenLinks } from './helpers/links.js';

const root = path.join(import.meta.dirname, '..');
const skipped = new Set(['node_modules', 'dist', 'runs', '.git']);

function filesOf(folder: string): string[] {
  return fs.readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : filesOf(file);
    return [file];
  });
}

const texts = filesOf('.').filter((file) => /\.(md|ts|mjs|js|json|ya?ml|py|cc|csv|html|svg)$/.test(file));
const documents = texts.filter((file) => file.endsWith('.md'));

test('no file holds merge markers', () => {
  const marked = texts.filter((file) => {
    return /^(<{7} |={7}$|>{7} )/m.test(fs.readFileSync(path.join(root, file), 'utf8'));
  });
  expect(marked).toEqual([]);
});

describe('links', () => {
  test.each(documents)('%s links to files and headings that exist', (document) => {
    const read = (file: string) => fs.readFileSync(path.join(root, file), 'utf8');
    expect(brokenLinks(document, read, (file) => fs.existsSync(path.join(root, file)))).toEqual([]);
  });

  test('broken ones are found', () => {
    const files: Record<string, string> = {
      'docs/a.md':
        '[b](b.md#two-words) ![x](x.png) [c](b.md#no) [d](../gone.md) [web](https://a.b/c) `[e](e.md)`\n\n    [f](f.md)',
      'docs/b.md': '# Two `words`!',
    };
    const broken = brokenLinks(
      'docs/a.md',
      (file) => files[file]!,
      (file) => file in files,
    );
    expect(broken).toEqual(['x.png', 'b.md#no', '../gone.md']);
  });
});
