/** The Dockerfiles, by a linter, and what they copy. No engine runs them here. */
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { validate } from 'dockerfile-utils';
import { expect, test } from 'vitest';

const at = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

test.each(['Dockerfile', 'Dockerfile.gpu'])('%s', (name) => {
  expect(validate(fs.readFileSync(at(name), 'utf8'))).toEqual([]);
  const copied = [...fs.readFileSync(at(name), 'utf8').matchAll(/^COPY (?!--from)(.*) \S+$/gm)];
  const files = copied.flatMap(([, list]) => list!.split(' '));
  const ignored = fs.readFileSync(at('.dockerignore'), 'utf8');
  for (const file of files) {
    expect(fs.existsSync(at(file)), file).toBe(true);
    expect(ignored).toContain(`!${file.replace('./', '')}`);
  }
});
