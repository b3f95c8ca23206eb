/** What a network looks for, on a network small enough to know. */
import fs from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { redOrBlue, smallClassifier } from '../../test/helpers/small-classifier.js';
import { pixelsSeen } from '../arithmetic/receptive-field.js';
import { modelSpec } from '../models/registry.js';
import { tf } from '../runtime/tensorflow.js';
import { networkReceptiveFields } from '../summary/network-receptive-fields.js';
import { cropped, framed } from './draw-box.js';
import { firstFilters } from './filters.js';
import { withoutSoftmax } from './logits.js';
import { lookAt } from './look.js';
import { layersToShow } from './look-layers.js';
import { maximise } from './maximise.js';
import { boxSeen, mostTelling, peaksOf } from './peaks.js';
import { tileSheet } from './tile-sheet.js';

const { scratch } = scratchFolders();
let folder: string;
const file = (name: string) => ({ path: name, file: path.join(folder, name) });

beforeAll(async () => {
  folder = scratch();
  for (const [name, colour] of [
    ['red.png', { r: 250, g: 20, b: 20 }],
    ['dull.png', { r: 150, g: 120, b: 120 }],
    ['blue.png', { r: 20, g: 20, b: 250 }],
  ] as const) {
    const square = await sharp({ create: { width: 8, height: 8, channels: 3, background: colour } })
      .png()
      .toBuffer();
    await sharp({ create: { width: 32, height: 32, channels: 3, background: '#808080' } })
      .composite([{ input: square, left: 16, top: 8 }])
      .toFile(path.join(folder, name));
  }
  fs.writeFileSync(path.join(folder, 'broken.png'), 'no picture');
});

test('layers: those of the lectures in VGG-16, first, middle and last elsewhere, and by either name', () => {
  const vgg = modelSpec('vgg16').buildBase();
  expect(layersToShow(vgg)).toEqual(['block1_conv1', 'block3_conv2', 'block5_conv3']);
  expect(layersToShow(vgg, ['conv2_1', 'pool5', 'block2_conv1'])).toEqual(['block2_conv1', 'block5_pool']);
  expect(layersToShow(smallClassifier().network)).toEqual(['conv1', 'conv2', 'conv3']);
  expect(() => layersToShow(vgg, ['conv9_9'])).toThrow(/there is no 'conv9_9'/);
});

test('the first filters: grey is 0, the largest weight at one end', () => {
  const { network, weights } = redOrBlue();
  const { layer, filters } = firstFilters(network, weights)!;
  expect(layer).toBe('colours');
  expect(filters.map(({ rgb }) => [...rgb])).toEqual([
    [255, 0, 128],
    [128, 0, 255],
  ]);
});

describe('what excites a unit', () => {
  const { network, weights, decode } = redOrBlue();
  const options = { layers: ['colours'], units: [{ layer: 'colours', channel: 0 }], decode };

  test('is the picture with most of it, at its place, and broken ones are told', async () => {
    const given = ['blue.png', 'dull.png', 'broken.png', 'red.png'].map(file);
    const before = tf.memory().numTensors;
    const { units, shown, broken, pictures } = await lookAt({ network, weights }, given, options);
    expect(tf.memory().numTensors).toBe(before);
    expect(units[0]!.pictures.map((one) => one.path)).toEqual(['red.png', 'dull.png', 'blue.png']);
    expect(units[0]!.pictures[0]!.value).toBeCloseTo(230, 3);
    expect(units[0]!.pictures[0]!.box).toEqual({ left: 16, top: 8, width: 1, height: 1 });
    expect([pictures, broken.map((one) => one.path)]).toEqual([3, ['broken.png']]);
    const map = shown[2]!.layers[0]!.maps[shown[2]!.layers[0]!.channels.indexOf(0)]!;
    expect([...map.rgb.slice(3 * (8 * 32 + 16), 3 * (8 * 32 + 16) + 3)]).toEqual([255, 255, 255]);
    expect(map.rgb[0]).toBe(0);
  });

  test('unless units are named, those that differ most between pictures', () => {
    const peak = (value: number) => ({ value, y: 0, x: 0 });
    const rows = [
      [peak(5), peak(0), peak(1)],
      [peak(5), peak(9), peak(2)],
    ];
    expect(mostTelling(rows, 2)).toEqual([1, 2]);
    expect(mostTelling(rows.slice(0, 1), 2)).toEqual([0, 2]);
  });

  test('a patch is what its place sees, cut off at the border', () => {
    const fields = networkReceptiveFields(smallClassifier().network);
    const field = fields.get('conv3')!;
    const box = boxSeen(field, { y: 0, x: 7 }, { height: 32, width: 32 });
    const columns = pixelsSeen(field.across, 7);
    expect(field.down.start).toBeLessThan(0);
    expect([box.top, box.left]).toEqual([0, columns.first]);
    expect(box.left + box.width).toBe(Math.min(32, columns.last + 1));
    expect(box.height).toBe(pixelsSeen(field.down, 0).last + 1);
  });

  test('peaks are the largest of each channel', () => {
    const map = tf.tensor4d([1, 8, 2, 7, 3, 6, 4, 5], [1, 2, 2, 2]);
    expect(peaksOf(map)).toEqual([
      [
        { value: 4, y: 1, x: 1 },
        { value: 8, y: 0, x: 0 },
      ],
    ]);
    map.dispose();
  });
});

describe('a picture drawn for a unit', () => {
  const { network, weights } = redOrBlue();

  test('has what the unit looks for, the same for the same seed', async () => {
    const before = tf.memory().numTensors;
    const options = { steps: 24, seed: 1 };
    const target = { layer: 'colours', channels: [0, 1] };
    const [red, blue] = await maximise(network, weights, target, options);
    expect(tf.memory().numTensors).toBe(before);
    const channel = (rgb: Uint8Array, c: number) =>
      rgb.filter((_, i) => i % 3 === c).reduce((a, b) => a + b) / 1024;
    expect(channel(red!.rgb, 0)).toBeGreaterThan(channel(red!.rgb, 1) + 80);
    expect(channel(blue!.rgb, 2)).toBeGreaterThan(channel(blue!.rgb, 1) + 80);
    const [again] = await maximise(network, weights, target, options);
    expect(again!.rgb).toEqual(red!.rgb);
  });

  test('can be of a class, and of another size where the network has no dense layer', async () => {
    const logits = withoutSoftmax(network);
    const [picture] = await maximise(
      logits,
      weights,
      { layer: 'logits', channels: [0] },
      { steps: 4, seed: 0 },
    );
    expect([picture!.height, picture!.width]).toEqual([32, 32]);
    const small = { steps: 2, seed: 0, side: 16 };
    const [other] = await maximise(network, weights, { layer: 'colours', channels: [0] }, small);
    expect([other!.height, other!.width]).toEqual([16, 16]);
  });

  test('stops when told, and leaves nothing behind', async () => {
    const before = tf.memory().numTensors;
    const signal = AbortSignal.abort(new Error('enough'));
    const drawing = maximise(network, weights, { layer: 'colours', channels: [0] }, { seed: 0, signal });
    await expect(drawing).rejects.toThrow('enough');
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('a frame and a part of a picture', () => {
  const picture = { height: 8, width: 8, rgb: new Uint8Array(192).map((_, i) => Math.floor(i / 3)) };
  const box = { left: 1, top: 2, width: 6, height: 5 };
  expect([...cropped(picture, box).rgb.slice(0, 3)]).toEqual([17, 17, 17]);
  const { rgb } = framed(picture, box);
  expect([rgb[3 * 17], rgb[3 * (4 * 8 + 3)], rgb[0]]).toEqual([255, 35, 0]);
});

test('a sheet takes any name', async () => {
  const tile = { height: 2, width: 2, rgb: new Uint8Array(12), under: 'a<b>&"\u0007.png' };
  const sheet = await tileSheet('<&>', [{ heading: 'x & <y>', tiles: [tile, tile] }], 64);
  expect((await sharp(sheet).metadata()).format).toBe('png');
});
