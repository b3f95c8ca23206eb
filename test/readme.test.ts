/** What the documents say is there. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { networksPage } from '../scripts/networks-page.js';
import { configSchemaPage, optionsPage } from '../scripts/options-page.js';
import { buildProgram } from '../src/cli.js';

const root = path.join(import.meta.dirname, '..');
const read = (file: string) => fs.readFileSync(path.join(root, file), 'utf8');
const pages = ['README.md', 'CHANGELOG.md', 'scripts/README.md'].concat(
  fs
    .readdirSync(path.join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
);

test('docs/options.md is what the command line has; `npm run docs` writes it anew', () => {
  expect(read('docs/options.md')).toBe(optionsPage());
  expect(read('docs/config.schema.json')).toBe(configSchemaPage());
});

test('docs/networks.md is what the registry’s networks count; `npm run docs` writes it anew', () => {
  expect(read('docs/networks.md')).toBe(networksPage());
});

test('every option of the main job is in docs/options.md', () => {
  const train = buildProgram(() => {}).commands.find((command) => command.name() === 'train')!;
  const help = train.helpInformation();
  const options = [...help.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, option]) => option!);
  expect(options).toContain('--data');
  const page = read('docs/options.md');
  for (const option of options.filter((name) => name !== '--help')) expect(page).toContain(`\`${option}`);
});

describe.each(pages)('%s', (page) => {
  const text = read(page);

  test('uses options that exist', () => {
    const { commands: main } = buildProgram(() => {});
    const all = main.flatMap((command) => [command, ...command.commands]);
    const known = new Set(all.flatMap((command) => command.options.map((option) => option.long)));
    const commands = [...text.matchAll(/npx finetune (.*)/g)].map(([, rest]) => rest!);
    const used = commands.flatMap((command) => command.match(/(?<=\s)--[a-z-]+/g) ?? []);
    expect(used.filter((option) => !known.has(option))).toEqual([]);
  });
});
