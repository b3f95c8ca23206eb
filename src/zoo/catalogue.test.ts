import { describe, expect, test } from 'vitest';
import { parameterCount } from '../models/network-weights.js';
import { modelSpec } from '../models/registry.js';
import { catalogue, entriesFor, entryNamed } from './catalogue.js';

test('names are unique', () => {
  expect(new Set(catalogue.map(({ name }) => name)).size).toBe(catalogue.length);
});

describe.each(catalogue.map((entry) => [entry.name, entry] as const))('%s', (_, entry) => {
  test('has the parameters of its network, whole or without classifier', () => {
    const spec = modelSpec(entry.model);
    expect([parameterCount(spec.build()), parameterCount(spec.buildBase())]).toContain(entry.parameters);
  });

  test('can be verified from every source', () => {
    for (const source of entry.sources) {
      if (entry.name === 'mobilenet-v1-1-keras') {
        // No digest of this file has been published: its length, names and shapes must do.
        if (source.kind === 'url') expect(source.bytes).toBe(17_225_924);
        continue;
      }
      if (source.kind === 'url' || source.kind === 'package') {
        expect(source.digest?.hex).toMatch(/^[0-9a-f]{8,64}$/);
      }
      if (source.kind === 'zoo') expect(entry.digest ?? source.digest ?? source.weights).toBeDefined();
    }
  });
});

test('a base is served by its own weights first, then by those of the whole network', () => {
  const spec = modelSpec('vgg16');
  const names = (network: ReturnType<typeof spec.build>) =>
    entriesFor('vgg16', network).map(({ name }) => name);
  expect(names(spec.buildBase())).toEqual([
    'vgg16-base',
    'vgg16-keras',
    'vgg16-caffe',
    'vgg16-torchvision',
    'vgg16-timm',
  ]);
  expect(names(spec.build())).not.toContain('vgg16-base');
});

test('says what there is for a network without published weights', () => {
  expect(() => entriesFor('plain34', modelSpec('plain34').build())).toThrow(
    /^Expected published weights for plain34 with .* the catalogue holds none: it has those of vgg16, .*--weights FILE\.$/,
  );
  expect(() => entryNamed('vgg16-tochvision')).toThrow("Did you mean 'vgg16-torchvision'?");
});
