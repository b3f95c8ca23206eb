import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { UserError } from '../runtime/errors.js';
import { print } from './output.js';
import { registerSummary, summary } from './summary.js';

vi.mock('./output.js');

let printed: string[];

beforeEach(() => {
  printed = [];
  vi.mocked(print).mockImplementation(async (line: string) => Boolean(printed.push(line)));
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the table', () => {
  test.each(['vgg16', 'alexnet', 'lenet5'])(
    'of %s fits 100 columns and ends with the totals',
    async (name) => {
      expect(await summary(name)).toBe(0);
      const lines = printed.join('\n').split('\n');
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
      expect(lines[0]).toMatch(/^Layer +Type +Output +Window +Sees +Weights +Biases +Mult-adds +Values$/);
      expect(lines.filter((line) => /^(Parameters|To unfreeze)/.test(line))).toHaveLength(2);
    },
  );

  test('says what is frozen', async () => {
    await summary('vgg16', { freeze: 'block4', batch: '16' });
    expect(printed[0]).toMatch(/^block4_conv3 {2}\* {2}conv/m);
    expect(printed[0]).toMatch(/^block5_conv1 {5}conv/m);
    expect(printed[0]).toContain('Trainable      130,722,280, frozen 7,635,264');
    expect(printed[0]).toContain('with 16 pictures');
  });

  test('in Markdown has as many cells in every row', async () => {
    await summary('alexnet', { markdown: true, freeze: 'conv3' });
    const rows = printed[0]!.split('\n').filter((line) => line.startsWith('|'));
    expect(new Set(rows.map((row) => row.split('|').length)).size).toBe(1);
    expect(rows.find((row) => row.startsWith('| conv2 '))).toBe(
      '| conv2 | \\* | conv | 27×27×256 | 5×5 p2 | 51 | 614,400 | 256 | 448 M | 187 k |',
    );
  });
});

describe('machine-readable forms', () => {
  test('JSON holds the layers and totals, and nothing else is printed', async () => {
    await summary('vgg16', { json: true });
    expect(printed.length).toBe(1);
    const { layers, totals, memory } = JSON.parse(printed[0]!);
    expect(totals).toMatchObject({ parameters: 138_357_544, multiplyAdds: 15_470_264_320 });
    expect(layers[1]).toMatchObject({
      name: 'block1_conv1',
      type: 'convolution',
      outputShape: [224, 224, 64],
      window: { kernel: [3, 3], stride: [1, 1], padding: { top: 1, bottom: 1, left: 1, right: 1 } },
      receptiveField: { down: { size: 3, jump: 1, start: -1 } },
      weights: 1728,
      biases: 64,
      parameters: 1792,
      multiplyAdds: 86_704_128,
      activations: 3_211_264,
      activationBytes: 12_845_056,
      state: 'trainable',
    });
    expect(memory.weights).toBe(4 * 138_357_544);
  });

  test('CSV has a line a layer, numbers unrounded', async () => {
    await summary('alexnet', { csv: true });
    const [heading, ...rows] = printed[0]!.split('\n').map((line) => line.split(','));
    const parameters = rows.reduce((sum, row) => sum + Number(row[heading!.indexOf('parameters')]), 0);
    expect(parameters).toBe(62_378_344);
    expect(new Set(rows.map((row) => row.length))).toEqual(new Set([heading!.length]));
  });
});

describe('options', () => {
  const parameters = async (model: string, options: Parameters<typeof summary>[1]) => {
    printed = [];
    await summary(model, { ...options, json: true });
    return JSON.parse(printed[0]!).totals.parameters as number;
  };

  test('--classes changes the classifier', async () => {
    expect(await parameters('vgg16', { classes: '10' })).toBe(138_357_544 - 990 * 4097);
  });

  test('--input changes the maps and what flattens them; channels may be left out', async () => {
    const larger = await parameters('vgg16', { input: '448x448' });
    expect(larger).toBe(138_357_544 + (14 * 14 - 7 * 7) * 512 * 4096);
    expect(await parameters('lenet5', { input: '32x32x3' })).toBe(61_706 + 300);
  });

  test.each([
    ['no network', undefined, {}, "try 'finetune summary vgg16'"],
    ['an unknown network', 'vgg61', {}, "Did you mean 'vgg16'"],
    ['an input that is no size', 'vgg16', { input: 'large' }, "received 'large'"],
    ['an input too small', 'alexnet', { input: '20x20' }, 'does not fit'],
    ['classes that are no number', 'vgg16', { classes: '0' }, 'above 0'],
    ['an unknown layer', 'vgg16', { freeze: 'block5_conv9' }, "Did you mean 'block5_conv"],
    ['an unknown optimiser', 'vgg16', { optimiser: 'adan' }, "Did you mean 'adam'"],
    ['two formats', 'vgg16', { json: true, csv: true }, '--json and --csv'],
  ] as const)('%s is refused in one line', async (_, model, options, message) => {
    const refused = await summary(model, options).catch((thrown: unknown) => thrown);
    expect(refused).toBeInstanceOf(UserError);
    expect((refused as Error).message).toContain(message);
    expect((refused as Error).message).not.toContain('\n');
  });

  test('commander hands them over', async () => {
    const program = new Command();
    registerSummary(program);
    await program.parseAsync(['summary', 'lenet5', '--classes', '26', '--json'], { from: 'user' });
    expect(JSON.parse(printed[0]!).totals.parameters).toBe(61_706 + 16 * 85);
    expect(process.exitCode).toBe(0);
    process.exitCode = undefined;
  });
});

test('--chart writes both charts, every published network and winner named', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'finetune-summary-'));
  try {
    expect(await summary(undefined, { chart: folder })).toBe(0);
    const accuracy = readFileSync(join(folder, 'accuracy-operations.svg'), 'utf8');
    for (const name of ['AlexNet, 61 M', 'VGG-16, 138 M', 'ResNet-152, 60 M', 'Multiply-adds']) {
      expect(accuracy).toContain(name);
    }
    const winners = readFileSync(join(folder, 'ilsvrc-winners.svg'), 'utf8');
    for (const name of ['28.2', '25.8', '16.4', '11.7', '7.3', '6.7', '3.57', '152 layers']) {
      expect(winners).toContain(name);
    }
    expect(printed).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('runs without loading TensorFlow', () => {
  const program = `
    import { createRequire } from 'node:module';
    import { summary } from ${JSON.stringify(new URL('./summary.ts', import.meta.url).href)};
    await summary('vgg16', { json: true });
    const loaded = Object.keys(createRequire(import.meta.url).cache).filter((path) => path.includes('tensorflow'));
    process.stderr.write('loaded: ' + loaded.length);
    if (loaded.length) process.exit(1);
  `;
  const out = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  expect(JSON.parse(out).network).toBe('vgg16');
});
