/** The Dockerfiles, by a linter, and what they copy. No engine runs them here. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const at = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

test.each(['Dockerfile', 'Dockerfile.gpu'])('%s', (name) => {
  const linter = at('node_modules/dockerfilelint/bin/dockerfilelint');
  const { status, stdout } = spawnSync(process.execPath, [linter, '-o', 'json', at(name)], {
    encoding: 'utf8',
  });
  expect(status, stdout).toBe(0);
  const copied = [...fs.readFileSync(at(name), 'utf8').matchAll(/^COPY (?!--from)(.*) \S+$/gm)];
  const files = copied.flatMap(([, list]) => list!.split(' '));
  const ignored = fs.readFileSync(at('.dockerignore'), 'utf8');
  for (const file of files) {
    expect(fs.existsSync(at(file)), file).toBe(true);
    expect(ignored).toContain(`!${file.replace('./', '')}`);
  }
});
