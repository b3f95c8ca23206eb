import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { configSchema, readConfigFile } from './config-file.js';

const { scratch } = scratchFolders();

function file(name: string, content: string): string {
  const place = path.join(scratch(), name);
  fs.writeFileSync(place, content);
  return place;
}

test('YAML and JSON', () => {
  const options = { data: './pets', batchSize: 16, cache: false };
  expect(readConfigFile(file('a.yaml', 'data: ./pets # ours\nbatchSize: 16\ncache: false\n'))).toEqual(
    options,
  );
  expect(readConfigFile(file('a.json', JSON.stringify({ $schema: 'x', ...options })))).toEqual(options);
  expect(readConfigFile(file('empty.yaml', ''))).toEqual({});
});

test("a run's config.json repeats the run, elsewhere", () => {
  const config = {
    ...{ data: 'd', base: 'vgg16', out: 'here', seed: 3, temperature: 1.2 },
    ...{ precision: { asked: 'auto', used: 'int8' }, device: { asked: 'cpu', used: 'cpu' } },
    ...{ baseWeights: {}, versions: {} },
  };
  expect(readConfigFile(file('config.json', JSON.stringify(config)))).toEqual({
    data: 'd',
    base: 'vgg16',
    seed: 3,
    precision: 'auto',
    device: 'cpu',
  });
});

test.each([
  [
    'several unknown names at once',
    'bacthSize: 3\ncolour: red\n',
    "'bacthSize' (Did you mean 'batchSize'?), 'colour'",
  ],
  ['a list', '- a\n', 'options by name'],
  ['what is neither YAML nor JSON', 'data: [a\n', 'YAML or JSON'],
])('refuses %s', (_, content, message) => {
  expect(() => readConfigFile(file('bad.yaml', content))).toThrow(message);
});

test('a file that is not there', () => {
  expect(() => readConfigFile('no/such/file.yaml')).toThrow("'no/such/file.yaml' cannot be read");
});

test('the schema knows every option with its words', () => {
  const { properties } = configSchema() as {
    properties: Record<string, { description?: string; default?: unknown }>;
  };
  expect(properties['batchSize']).toMatchObject({ description: 'pictures in a training step', default: 32 });
  expect(properties['cache']).toMatchObject({ type: 'boolean' });
});

test('names and values that are wrong are told at once', () => {
  const bad = file('bad.yaml', 'bsae: vgg16\nepochs: -3\nresize: strech\n');
  expect(() => readConfigFile(bad)).toThrow(/'bsae' \(Did you mean 'base'\?\)\. .*epochs: .*resize: /);
});
