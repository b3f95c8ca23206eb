/** A run's classifier that was damaged, or edited by hand: told when it is opened, in one line. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { pictureBytes, temporaryFolder } from '../../test/helpers/picture-folders.js';
import { acceptedNames, modelSpec } from '../models/registry.js';
import { networkSchema } from '../models/network-record.js';
import { UserError } from '../runtime/errors.js';
import { type Classifier, loadRun } from './classifier.js';

const shipped = fileURLToPath(new URL('../../checkpoints/lenet5-mnist', import.meta.url));

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as free as what an editor can do to it
type Json = any;

async function damaged(change: (model: string) => void): Promise<string> {
  const run = path.join(await temporaryFolder(), 'run');
  fs.cpSync(shipped, run, { recursive: true });
  change(path.join(run, 'model'));
  return run;
}

const edited = (change: (record: Json) => void) => (model: string) => {
  const file = path.join(model, 'classifier.json');
  const record = JSON.parse(fs.readFileSync(file, 'utf8')) as Json;
  change(record);
  fs.writeFileSync(file, JSON.stringify(record));
};

const weightsWith = (value: number) => (model: string) => {
  const file = path.join(model, 'weights.bin');
  const bytes = fs.readFileSync(file);
  bytes.writeFloatLE(value, 400);
  fs.writeFileSync(file, bytes);
};

const replaced =
  (name: string, command: string, ...args: string[]) =>
  (model: string) => {
    const file = path.join(model, name);
    fs.rmSync(file);
    spawnSync(command, [...args, file]);
  };

const layer = (record: Json, name: string) => record.network.layers.find((one: Json) => one.name === name);
const huge = 2 ** 31;

describe('a run is refused', () => {
  test.each<[string, (model: string) => void, RegExp]>([
    [
      'NaN among its weights',
      weightsWith(NaN),
      /among the weights in .* but it has values that are no numbers/,
    ],
    ['an infinite weight', weightsWith(-Infinity), /values that are no numbers/],
    [
      'a pipe as weights',
      replaced('weights.bin', 'mkfifo'),
      /weights\.bin' to be a file of TF\.js weights but it is not a file/,
    ],
    ['a pipe as model.json', replaced('model.json', 'mkfifo'), /model\.json' .* but it is not a file/],
    [
      'a pipe as classifier.json',
      replaced('classifier.json', 'mkfifo'),
      /classifier\.json' .* it is no file/,
    ],
    ['a device as weights', replaced('weights.bin', 'ln', '-s', '/dev/zero'), /it is not a file/],
    ['a folder as classifier.json', replaced('classifier.json', 'mkdir'), /it is no file/],
    [
      'no JSON',
      (model) => fs.writeFileSync(path.join(model, 'classifier.json'), '{"version": 1'),
      /is damaged/,
    ],
    ['another version', edited((r) => (r.version = 2)), /version: /],
    ['equal labels', edited((r) => (r.labels[3] = '1')), /two labels '1'/],
    ['too many labels', edited((r) => r.labels.push('10')), /11 labels for a network that puts out \[10\]/],
    ['too few labels', edited((r) => r.labels.pop()), /9 labels/],
    ['an unknown precision', edited((r) => (r.prefix.precision = 'int4')), /prefix\.precision: /],
    ['int8 without calibration', edited((r) => (r.prefix = { precision: 'int8' })), /prefix\.calibration: /],
    ['an unknown way to resize', edited((r) => (r.decode.resize = 'stretch')), /decode\.resize: /],
    ['a huge picture', edited((r) => (r.decode.height = huge)), /pictures of \[2147483648, 32, 1\]/],
    [
      'another size of picture',
      edited((r) => (r.decode.width = 33)),
      /for a network that takes \[32, 32, 1\]/,
    ],
    [
      'a huge picture all through',
      edited((r) => {
        r.decode.height = huge;
        r.network.layers[0].shape[0] = huge;
      }),
      /network\.layers\.0\.shape\.0: /,
    ],
    ['a huge layer', edited((r) => (layer(r, 'F6').units = huge)), /network\.layers\.\d+\.units: /],
    [
      'a wrong shape',
      edited((r) => (layer(r, 'F6').shape = [85])),
      /'F6' is said to put out \[85\] but makes \[84\]/,
    ],
    ['no stride', edited((r) => (layer(r, 'C3').stride = [0, 1])), /stride\.0: /],
    [
      'a window that is too large',
      edited((r) => (layer(r, 'C5').kernel = [99, 5])),
      /'C5' cannot read \[5, 5, 16\]/,
    ],
    ['an unknown layer', edited((r) => (layer(r, 'C5').type = 'attention')), /network\.layers\.\d+\.type: /],
    ['an unknown activation', edited((r) => (layer(r, 'C5').activation = 'gelu')), /activation: /],
    ['a layer twice', edited((r) => (layer(r, 'S4').name = 'S2')), /'S2' is there twice/],
    [
      'a layer out of order',
      edited((r) => (layer(r, 'S2').inputs = ['F6'])),
      /reads 'F6', which is not before it/,
    ],
    ['another cut', edited((r) => (r.cut = 'nowhere')), /cut: .*'nowhere'/],
    [
      'weights of another size',
      edited((r) => {
        for (const name of ['C5', 'flatten']) layer(r, name).shape = layer(r, name).shape.with(-1, 60);
        layer(r, 'C5').filters = 60;
      }),
      /'C5\/kernel' .* it has 48000 values where \[5, 5, 16, 60\] are needed/,
    ],
  ])('with %s', async (_, change, message) => {
    const run = await damaged(change);
    const error = await loadRun(run).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(message);
    expect((error as UserError).message).not.toContain('\n');
  });

  test('not as it was written', async () => {
    const classifier = await loadRun(await damaged(() => undefined));
    expect(classifier.labels).toHaveLength(10);
    classifier.dispose();
  });
});

describe('classify', () => {
  async function classified(...given: Parameters<Classifier['classify']>): Promise<string[]> {
    const classifier = await loadRun(shipped);
    try {
      const paths = [];
      for await (const { path: shown, predictions } of classifier.classify(...given)) {
        expect(predictions).toHaveLength(10);
        paths.push(shown);
      }
      return paths;
    } finally {
      classifier.dispose();
    }
  }

  test('takes paths, alone and among named pictures', async () => {
    const file = path.join(await temporaryFolder(), 'a.png');
    fs.writeFileSync(file, await pictureBytes(1));
    expect(await classified([file])).toEqual([file]);
    expect(await classified([{ path: 'first', file }, file])).toEqual(['first', file]);
  });

  test('throws for a broken picture, unless somebody wants to be told', async () => {
    const folder = await temporaryFolder();
    const [good, broken, missing] = ['good.png', 'broken.png', 'missing.png'].map((name) =>
      path.join(folder, name),
    ) as [string, string, string];
    fs.writeFileSync(good, await pictureBytes(1));
    fs.writeFileSync(broken, 'no picture');
    for (const bad of [broken, missing]) {
      const thrown = await classified([good, bad]).catch((error: unknown) => error);
      expect(thrown).toBeInstanceOf(UserError);
      expect((thrown as UserError).message).toContain(`'${bad}' cannot be used: `);
    }
    const told: string[] = [];
    const onBroken = (skipped: { path: string }) => told.push(skipped.path);
    expect(await classified([broken, good, missing], { onBroken })).toEqual([good]);
    expect(told).toEqual([broken, missing]);
  });
});

test.each(acceptedNames())('the network %s is taken for sound', (name) => {
  const network = modelSpec(name).buildBase();
  expect(networkSchema.parse(JSON.parse(JSON.stringify(network)))).toEqual(network);
});
