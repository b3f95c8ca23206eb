import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { exportGraphModel } from '../../export/graph-model.js';
import { toLayersModel } from '../../export/layers-model.js';
import type { Network } from '../../models/network.js';
import { networkWeights } from '../../models/network-weights.js';
import { NetworkBuilder } from '../../models/network-builder.js';
import { modelSpec } from '../../models/registry.js';
import { UserError } from '../../runtime/errors.js';
import { tf } from '../../runtime/tensorflow.js';
import { sizeOf, type Weights } from '../../formats/tensors.js';
import { networkCosts } from '../network-costs.js';
import { type Summary, summariseLayers } from '../summary.js';
import { totalLines } from '../summary-table.js';
import { readTfjsNetwork } from './tfjs-model.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'finetune-tfjs-model-'));
let files = 0;

afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

function written(model: unknown): string {
  const file = path.join(folder, `${files++}.json`);
  fs.writeFileSync(file, typeof model === 'string' ? model : JSON.stringify(model));
  return file;
}

/** A model.json as TF.js writes it, without the weight files: they are not needed. */
function jsonOf(model: LayersModel) {
  const weights = model.weights.map(({ name, shape }) => ({ name, shape, dtype: 'float32' }));
  const modelTopology = model.toJSON(null, false) as Record<string, unknown>;
  return { format: 'layers-model', modelTopology, weightsManifest: [{ paths: ['weights.bin'], weights }] };
}

async function summaryOf(model: unknown, input?: readonly number[]): Promise<Summary<null>> {
  const network = await readTfjsNetwork(written(model), input);
  return { ...summariseLayers(network), stored: network.stored };
}

function zeros(network: Network): Weights {
  const entries = networkWeights(network).map(({ name, shape }) => {
    return [name, { shape, data: new Float32Array(sizeOf(shape)) }] as const;
  });
  return new Map(entries);
}

function wholeTotals({ totals }: Pick<Summary<null>, 'totals'>) {
  const { parameters, convolutionParameters, denseParameters, multiplyAdds, uncounted } = totals;
  return { parameters, convolutionParameters, denseParameters, multiplyAdds, uncounted };
}

describe('networks of the zoo count the same when they come back from a file', () => {
  test.each(['lenet5', 'squeezenet', 'mobilenet-v1-0.25', 'mobilenet-v2-0.35'])(
    '%s as a layers model: totals, shapes and fields',
    async (name) => {
      const network = modelSpec(name).build();
      const model = toLayersModel(network, zeros(network));
      const summary = await summaryOf(jsonOf(model));
      model.dispose();
      const expected = networkCosts(network);
      // Only the scaled tanh of LeNet-5 is made of more layers than one; it learns nothing.
      expect(wholeTotals(summary)).toEqual(wholeTotals(expected));
      expect(summary.totals.statistics).toBe(expected.totals.statistics);
      expect(summary.stored).toBe(expected.totals.parameters + expected.totals.statistics);
      for (const layer of expected.layers) {
        const saved = summary.layers.find((candidate) => candidate.name === layer.name);
        expect(saved, layer.name).toMatchObject({
          outputShape: layer.outputShape,
          receptiveField: layer.receptiveField,
          multiplyAdds: layer.multiplyAdds,
        });
      }
    },
  );

  test.each(['squeezenet', 'googlenet', 'mobilenet-v2-0.35', 'resnet18'])(
    '%s as a graph model',
    async (name) => {
      const network = modelSpec(name).build();
      const directory = path.join(folder, name);
      exportGraphModel(directory, { network, weights: zeros(network) });
      const saved = await readTfjsNetwork(path.join(directory, 'model.json'));
      const summary = summariseLayers(saved);
      fs.rmSync(directory, { recursive: true });
      const expected = networkCosts(network);
      expect(wholeTotals(summary)).toEqual({
        ...wholeTotals(expected),
        // Biases and folded norms are nodes of their own there.
        convolutionParameters: expect.any(Number),
        denseParameters: expect.any(Number),
      });
      expect(summary.totals.frozen).toBe(summary.totals.parameters);
      const fields = summary.layers.map((layer) => layer.receptiveField);
      expect(fields).toContainEqual(expected.layers.at(-1)!.receptiveField);
    },
  );

  test('groups of a graph model', async () => {
    const net = new NetworkBuilder('grouped', [9, 9, 4]);
    net.convolution('input', 'conv', { filters: 6, kernel: 3, groups: 2, padding: 1 });
    const network = net.build();
    const directory = path.join(folder, 'grouped');
    exportGraphModel(directory, { network, weights: zeros(network) });
    const summary = summariseLayers(await readTfjsNetwork(path.join(directory, 'model.json')));
    expect(wholeTotals(summary)).toMatchObject({
      parameters: 3 * 3 * 2 * 6 + 6,
      multiplyAdds: 81 * 3 * 3 * 2 * 6,
      uncounted: [],
    });
  });
});

describe('layers that TF.js has and the zoo has not', () => {
  const layers: [string, () => LayersModel][] = [
    [
      'separable, transposed and dilated convolutions, padding, cropping, upsampling',
      () =>
        sequence(
          [13, 11, 4],
          [
            tf.layers.separableConv2d({ filters: 6, kernelSize: 3, padding: 'same' }),
            tf.layers.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: 'same' }),
            tf.layers.conv2d({ filters: 5, kernelSize: [3, 2], dilationRate: 2, useBias: false }),
            tf.layers.zeroPadding2d({
              padding: [
                [1, 2],
                [0, 3],
              ],
            }),
            tf.layers.cropping2D({
              cropping: [
                [1, 0],
                [2, 1],
              ],
            }),
            tf.layers.upSampling2d({ size: [2, 3] }),
            tf.layers.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 3, strides: 2 }),
            tf.layers.conv2dTranspose({ filters: 2, kernelSize: 2, strides: 3, padding: 'valid' }),
            tf.layers.globalMaxPooling2d({}),
          ],
        ),
    ],
    [
      'pools, norms, reshapes and activations',
      () =>
        sequence(
          [12, 12, 3],
          [
            tf.layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
            tf.layers.batchNormalization({ scale: false }),
            tf.layers.leakyReLU({}),
            tf.layers.averagePooling2d({ poolSize: 2 }),
            tf.layers.layerNormalization({}),
            tf.layers.reshape({ targetShape: [9, 3] }),
            tf.layers.conv1d({ filters: 4, kernelSize: 3, padding: 'same' }),
            tf.layers.dense({ units: 7, activation: 'relu' }),
            tf.layers.flatten({}),
            tf.layers.dropout({ rate: 0.5 }),
            tf.layers.dense({ units: 2, useBias: false }),
            tf.layers.softmax({}),
          ],
        ),
    ],
  ];

  test.each(layers)('%s: parameters and shapes are those of TF.js', async (_, make) => {
    const model = make();
    const summary = await summaryOf(jsonOf(model));
    expect(summary.totals.uncounted).toEqual([]);
    const counts = model.layers.map((layer) => [layer.name, layer.countParams()]);
    const counted = summary.layers.map(({ name, parameters, statistics }) => [name, parameters + statistics]);
    expect(counted).toEqual(counts);
    const shapes = model.layers.map(({ name, outputShape }) => [name, (outputShape as number[]).slice(1)]);
    expect(summary.layers.map(({ name, outputShape }) => [name, outputShape])).toEqual(shapes);
    model.dispose();
  });

  test('what is not known is listed, and no total passes for the whole', async () => {
    const net = tf.sequential();
    net.add(tf.layers.lstm({ units: 5, inputShape: [8, 3], name: 'memory' }));
    net.add(tf.layers.dense({ units: 2, name: 'logits' }));
    const summary = await summaryOf(jsonOf(net));
    net.dispose();
    const [, memory, logits] = summary.layers;
    // Four gates, each with a kernel, a recurrent kernel and biases; TF.js: net.countParams().
    expect(memory).toMatchObject({
      type: 'LSTM',
      outputShape: null,
      parameters: 4 * (3 * 5 + 5 * 5 + 5),
      multiplyAdds: null,
    });
    expect(logits).toMatchObject({ type: 'Dense', parameters: 5 * 2 + 2, multiplyAdds: null });
    expect(summary.totals.uncounted).toEqual(['memory', 'logits']);
    expect(summary.memory.inference).toBeNull();
    expect(totalLines(summary).join('\n')).toContain(
      'Not counted    the multiply-adds of 2 layers (?): LSTM, Dense',
    );
  });
});

describe('models of Keras', () => {
  const dense = (name: string, read: unknown, config = {}) => ({
    class_name: 'Dense',
    name,
    config: { name, units: 4, use_bias: true, ...config },
    inbound_nodes: read,
  });
  const input = (name: string) => ({
    class_name: 'InputLayer',
    name,
    config: { batch_input_shape: [null, 4], name },
    inbound_nodes: [],
  });
  const functional = (layers: unknown[], inputs: string[], outputs: unknown[]) => ({
    class_name: 'Functional',
    config: { name: 'net', layers, input_layers: inputs.map((name) => [name, 0, 0]), output_layers: outputs },
  });
  const file = (modelTopology: unknown) => ({ modelTopology, weightsManifest: [] });

  test('a layer used twice has its parameters once and its multiply-adds twice', async () => {
    const net = functional(
      [input('a'), input('b'), dense('shared', [[['a', 0, 0, {}]], [['b', 0, 0, {}]]])],
      ['a', 'b'],
      [
        ['shared', 0, 0],
        ['shared', 1, 0],
      ],
    );
    const { totals } = await summaryOf(file(net));
    expect(totals).toMatchObject({ parameters: 20, multiplyAdds: 32 });
  });

  test('a model within a model is taken apart, and what is not trainable is frozen', async () => {
    const inner = functional(
      [input('inside'), dense('hidden', [[['inside', 0, 0, {}]]], { trainable: false })],
      ['inside'],
      [['hidden', 0, 0]],
    );
    const base = { ...inner, name: 'base', inbound_nodes: [[['outside', 1, 0, {}]]] };
    const net = functional(
      [input('outside'), base, dense('logits', [[['base', 1, 0, {}]]])],
      ['outside'],
      [['logits', 0, 0]],
    );
    const { layers, totals } = await summaryOf(file(net));
    expect(layers.map(({ name }) => name)).toEqual(['outside', 'base/hidden', 'logits']);
    expect(totals).toMatchObject({ frozen: 20, trainable: 20 });
  });

  test('version 3 keeps what a layer reads in another way', async () => {
    const tensor = (name: string) => ({
      class_name: '__keras_tensor__',
      config: { shape: [null, 4], keras_history: [name, 0, 0] },
    });
    const add = {
      class_name: 'Add',
      name: 'add',
      config: { name: 'add' },
      inbound_nodes: [{ args: [[tensor('in'), tensor('hidden')]], kwargs: {} }],
    };
    const start = { ...input('in'), config: { batch_shape: [null, 4], name: 'in' } };
    const hidden = dense('hidden', [{ args: [tensor('in')], kwargs: {} }]);
    const { layers } = await summaryOf(file(functional([start, hidden, add], ['in'], [['add', 0, 0]])));
    expect(layers.at(-1)).toMatchObject({ name: 'add', type: 'add', outputShape: [4] });
  });

  test('pictures of any size need --input, others refuse it', async () => {
    const conv = {
      class_name: 'Conv2D',
      config: { name: 'conv', filters: 2, kernel_size: [3, 3], batch_input_shape: [null, null, null, 3] },
    };
    const open = file({ class_name: 'Sequential', config: { name: 'open', layers: [conv] } });
    await expect(summaryOf(open)).rejects.toThrow('Expected --input, like 224x224');
    const { totals } = await summaryOf(open, [12, 10]);
    expect(totals.multiplyAdds).toBe(10 * 8 * 27 * 2);
    await expect(summaryOf(open, [12, 10, 1])).rejects.toThrow('of 3 channels');
    await expect(summaryOf(open, [2, 2])).rejects.toThrow('spans 3 pixels, more than the 2');
    const fixed = functional([input('a'), dense('d', [[['a', 0, 0, {}]]])], ['a'], [['d', 0, 0]]);
    await expect(summaryOf(file(fixed), [5, 5])).rejects.toThrow('takes 4 and nothing else');
  });

  test('layers in any order are put in order; circles and gaps are damage', async () => {
    const after = dense('after', [[['before', 0, 0, {}]]]);
    const before = dense('before', [[['a', 0, 0, {}]]]);
    const { layers } = await summaryOf(
      file(functional([after, before, input('a')], ['a'], [['after', 0, 0]])),
    );
    expect(layers.map(({ name }) => name)).toEqual(['a', 'before', 'after']);
    const circle = functional([input('a'), after, dense('before', [[['after', 0, 0, {}]]])], ['a'], []);
    await expect(summaryOf(file(circle))).rejects.toThrow('in a circle');
    const gap = functional([input('a'), dense('d', [[['nowhere', 0, 0, {}]]])], ['a'], []);
    await expect(summaryOf(file(gap))).rejects.toThrow("reads 'nowhere', which is not there");
  });
});

test('a graph without its weight files tells what does not hang on them', async () => {
  const net = new NetworkBuilder('flat', [4, 4, 1]);
  net.dense(net.flatten('input', 'flatten'), 'logits', { units: 2 });
  const network = net.build();
  const directory = path.join(folder, 'flat');
  exportGraphModel(directory, { network, weights: zeros(network) });
  fs.rmSync(path.join(directory, 'weights.bin'));
  const { totals, layers } = summariseLayers(await readTfjsNetwork(path.join(directory, 'model.json')));
  expect(totals.parameters).toBe(16 * 2 + 2);
  expect(layers.find(({ name }) => name === 'flatten')).toMatchObject({ type: 'Reshape', outputShape: null });
  expect(totals.uncounted.length).toBeGreaterThan(0);
});

test('damage of any kind gets one line', async () => {
  const network = modelSpec('lenet5').build();
  const model = toLayersModel(network, zeros(network));
  const layers = JSON.stringify(jsonOf(model));
  model.dispose();
  exportGraphModel(path.join(folder, 'whole'), { network, weights: zeros(network) });
  const graph = fs.readFileSync(path.join(folder, 'whole', 'model.json'), 'utf8');
  const wrong = fc.constantFrom('null', '-1', '"x"', '[]', '{}', '1e9', '[[[[1]]]]', 'true');
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(layers, graph), fc.nat(), wrong, async (text, place, value) => {
      const values = [...text.matchAll(/(?<=:)("[^"]*"|-?\d[\d.]*|true|false|null|\[[^[\]{}]*\])/g)];
      const { 0: old, index } = values[place % values.length]!;
      const changed = text.slice(0, index) + value + text.slice(index + old.length);
      const result = await summaryOf(changed).catch((error: unknown) => error);
      if (result instanceof Error) {
        expect(result, `${result.stack}`).toBeInstanceOf(UserError);
        expect(result.message).not.toContain('\n');
      }
    }),
    { numRuns: 600 },
  );
});

/** A sequential model on maps of that shape. */
function sequence(inputShape: number[], layers: LayersModel['layers']): LayersModel {
  const input = tf.input({ shape: inputShape });
  const output = layers.reduce<SymbolicTensor>((x, layer) => layer.apply(x) as SymbolicTensor, input);
  return tf.model({ inputs: input, outputs: output });
}
