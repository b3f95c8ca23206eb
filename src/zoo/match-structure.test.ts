import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { onnxModel, onnxNode, onnxTensor } from '../../test/onnx-writer.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { basicBlock } from '../models/resnet.js';
import { readOnnx } from '../formats/onnx.js';
import { transpose } from '../formats/kernel-layout.js';
import { matchStructure } from './match-structure.js';
import { readWeights } from './read-file.js';
import type { NamedTensor } from '../formats/tensors.js';

const { scratch } = scratchFolders();

const epsilon = 1e-5;
const net = new NetworkBuilder('small', [8, 8, 3]);
let x = net.convolution('input', 'conv1', { filters: 4, kernel: 3, padding: 1, bias: false });
x = net.batchNorm(x, 'bn1', { epsilon, activation: 'relu' });
x = basicBlock(net, x, 'layer1.0', 4, { filters: 4, stride: 1, shortcuts: true });
x = basicBlock(net, x, 'layer2.0', 4, { filters: 6, stride: 2, shortcuts: true });
const base = net.build();
net.dense(net.flatten(x, 'flatten'), 'fc', { units: 2 });
const network = net.build();

let next = 0;
const counted = (...shape: number[]): NamedTensor => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => next++),
});

/** The graph of the network with its batch normalisations folded into convolutions, under names that tell nothing. */
function folded({ shortcutFirst = false, stride = 2, rows = 'units' } = {}) {
  const tensors = new Map<string, NamedTensor>();
  const nodes: Uint8Array[] = [];
  const add = (shape: number[]) => {
    const name = `onnx::Conv_${tensors.size}`;
    tensors.set(name, counted(...shape));
    return name;
  };
  const conv = (from: string, to: string, [filters, channels, kernel, step = 1]: number[]) => {
    const names = [add([filters!, channels!, kernel!, kernel!]), add([filters!])];
    const attributes = { strides: [step, step], group: [1], pads: [1, 1, 1, 1] };
    nodes.push(onnxNode('Conv', [from, ...names], to, attributes));
    return names;
  };
  const relu = (from: string) => nodes.push(onnxNode('Relu', [from], `${from}.relu`));
  const found: Record<string, string[]> = {};
  found['conv1'] = conv('x', 'a', [4, 3, 3]);
  relu('a');
  found['layer1.0.conv1'] = conv('a.relu', 'b', [4, 4, 3]);
  relu('b');
  found['layer1.0.conv2'] = conv('b.relu', 'c', [4, 4, 3]);
  nodes.push(onnxNode('Add', ['a.relu', 'c'], 'd')); // the shortcut first
  relu('d');
  const shortcut = () => (found['layer2.0.downsample.0'] = conv('d.relu', 'g', [6, 4, 1, stride]));
  if (shortcutFirst) shortcut();
  found['layer2.0.conv1'] = conv('d.relu', 'e', [6, 4, 3, 2]);
  relu('e');
  found['layer2.0.conv2'] = conv('e.relu', 'f', [6, 6, 3]);
  if (!shortcutFirst) shortcut();
  nodes.push(onnxNode('Add', shortcutFirst ? ['g', 'f'] : ['f', 'g'], 'h'));
  relu('h');
  nodes.push(onnxNode('Flatten', ['h.relu'], 'i', { axis: [1] }));
  const unitsFirst = rows === 'units';
  found['fc'] = [add(unitsFirst ? [2, 96] : [96, 2]), add([2])];
  if (unitsFirst) nodes.push(onnxNode('Gemm', ['i', ...found['fc']], 'j', { transB: [1] }));
  else {
    nodes.push(onnxNode('MatMul', ['i', found['fc'][0]!], 'k'), onnxNode('Add', ['k', found['fc'][1]!], 'j'));
  }
  const initialisers = [...tensors].map(([name, { shape, data }]) => onnxTensor(name, shape, data));
  return { bytes: onnxModel(initialisers, nodes), tensors, found };
}

describe('a graph without names', () => {
  test.each([{}, { shortcutFirst: true }, { rows: 'inputs' }])('gives the weights: %o', async (how) => {
    const { bytes, tensors, found } = folded(how);
    const weights = matchStructure(network, await readOnnx(bytes))!;
    for (const [layer, [kernel, bias]] of Object.entries(found)) {
      const order = layer !== 'fc' ? [2, 3, 1, 0] : how.rows === 'inputs' ? [0, 1] : [1, 0];
      expect(weights.get(`${layer}/kernel`), layer).toEqual(transpose(tensors.get(kernel!)!, order));
      const norm = layer.replace('conv', 'bn').replace('downsample.0', 'downsample.1');
      const part = layer === 'fc' ? 'fc/bias' : `${norm}/beta`;
      expect(weights.get(part), layer).toEqual(tensors.get(bias!));
    }
  });

  test('has batch normalisations that change nothing else', async () => {
    const weights = matchStructure(network, await readOnnx(folded().bytes))!;
    const [gamma, mean, variance] = ['gamma', 'mean', 'variance'].map(
      (part) => weights.get(`bn1/${part}`)!.data[0]!,
    );
    expect([gamma, mean]).toEqual([1, 0]);
    expect(Math.fround(variance! + Math.fround(epsilon))).toBeCloseTo(1, 7);
  });

  test('gives a base its weights too, and through readWeights the whole, rows reordered', async () => {
    const { bytes, tensors, found } = folded();
    expect(matchStructure(base, await readOnnx(bytes))?.size).toBe(30);
    const file = join(scratch(), 'folded.onnx');
    await writeFile(file, bytes);
    const read = await readWeights(network, file);
    expect(read.family).toBe('torchvision');
    // Row 1 here is row 0, column 0, channel 1; there channel 1 begins at 16.
    expect(read.weights.get('fc/kernel')!.data[2]).toBe(tensors.get(found['fc']![0]!)!.data[16]);
  });

  test('is not taken for that of another network', async () => {
    const model = await readOnnx(folded({ stride: 1 }).bytes);
    expect(matchStructure(network, model)).toBeUndefined();
    const longer = new NetworkBuilder('longer', [8, 8, 3]);
    let y = longer.convolution('input', 'conv1', { filters: 4, kernel: 3, padding: 1, bias: false });
    y = longer.batchNorm(y, 'bn1', { epsilon });
    longer.convolution(y, 'conv2', { filters: 4, kernel: 3, padding: 1 });
    // It is the beginning of the graph: convolution 2 has a bias there as here.
    expect([...matchStructure(longer.build(), model)!.keys()]).toHaveLength(7);
    y = longer.convolution(y, 'conv3', { filters: 5, kernel: 3, padding: 1 });
    expect(matchStructure(longer.build(), model)).toBeUndefined();
  });
});

test('where neither names nor structure fit, the message says so', async () => {
  const file = join(scratch(), 'other.onnx');
  await writeFile(file, folded({ stride: 1 }).bytes);
  await expect(readWeights(network, file)).rejects.toThrow(/in '.*', by name or by structure, but/);
});

test('a graph with a circle fits nothing', async () => {
  const small = new NetworkBuilder('one', [4, 4, 1]);
  small.convolution('input', 'conv', { filters: 1, kernel: 1 });
  const one = small.build();
  const tensors = [onnxTensor('k', [1, 1, 1, 1], [2]), onnxTensor('b', [1], [3])];
  const circle = onnxModel(tensors, [onnxNode('Conv', ['y', 'k', 'b'], 'x'), onnxNode('Relu', ['x'], 'y')]);
  expect(matchStructure(one, await readOnnx(circle))).toBeUndefined();
  const turning = onnxModel(tensors, [onnxNode('Relu', ['y'], 'x'), onnxNode('Relu', ['x'], 'y')]);
  expect(matchStructure(one, await readOnnx(turning))).toBeUndefined();
});

test("a batch normalisation's own epsilon is kept by way of the variance", async () => {
  const small = new NetworkBuilder('one', [4, 4, 1]);
  small.batchNorm('input', 'bn', { epsilon: 1e-3 });
  const parts = ['g', 'b', 'm', 'v'].map((name) => onnxTensor(name, [1], [2]));
  const node = onnxNode('BatchNormalization', ['x', 'g', 'b', 'm', 'v'], 'y');
  const weights = matchStructure(small.build(), await readOnnx(onnxModel(parts, [node])))!;
  expect(weights.get('bn/variance')!.data[0]! + 1e-3).toBeCloseTo(2 + 1e-5, 6);
});
