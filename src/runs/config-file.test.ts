import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { checkOptions, type FinetuneOptions, optionSchema, resolveOptions } from './options.js';
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

/** A run's record holds every option, defaults too. */
const recordOf = (options: Partial<FinetuneOptions>) =>
  file(
    'config.json',
    JSON.stringify({ ...resolveOptions({ data: 'd', ...options }), baseWeights: {}, versions: {} }),
  );

test.each<[string, Partial<FinetuneOptions>]>([
  ['a usual', {}],
  ['a stepped', { solver: 'steps', epochs: 3, optimiser: 'sgd' }],
  ['an mlp', { head: 'mlp', dropout: 0.3 }],
  ['a prototypes', { head: 'prototypes' }],
  ['an altered', { augment: 'light', views: 2 }],
  ['a mixed', { augment: 'mixup' }],
  [
    'an unfrozen',
    { unfreeze: 'block5', unfreezeEpochs: 3, optimiser: 'adamw', labelSmoothing: 0.1, schedule: 'constant' },
  ],
  ['an unfrozen prototypes', { head: 'prototypes', unfreeze: 'block5', momentum: 0.5 }],
  ['a from-scratch', { fromScratch: true, warmUp: 2, averageWeights: 0.9 }],
  ['a searched', { effort: 'best' }],
])('the record of %s run gives its options again', (_, options) => {
  const again = readConfigFile(recordOf(options));
  expect(resolveOptions(again as FinetuneOptions)).toEqual(resolveOptions({ data: 'd', ...options }));
});

test('the record of an older version, with fewer options, is taken', () => {
  const all = { ...checkOptions(optionSchema, { data: 'd' }), baseWeights: {}, versions: {} };
  const { augment: _augment, fromScratch: _scratch, solver: _solver, ...older } = all;
  const again = readConfigFile(file('config.json', JSON.stringify(older)));
  expect(resolveOptions(again as FinetuneOptions)).toMatchObject({ solver: 'steps', epochs: 100 });
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
