import { createHash } from 'node:crypto';
import type { Tensor } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { withPreprocessing } from '../models/compose.js';
import { forward } from '../models/forward.js';
import type { Activation, Network } from '../models/network.js';
import { castTo, NetworkWriter } from '../models/network-graph.js';
import { poolNames, withPooledFeatures } from '../models/pooled-features.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { Random } from '../runtime/random.js';
import { nativeBinding, tf } from '../runtime/tensorflow.js';
import { DataType, GraphBuilder, graphDef } from '../graph/graph-def.js';
import { Session } from '../graph/session.js';
import type { Weights } from '../formats/tensors.js';
import { calibrate, calibrationDigest, compileCalibrating } from './calibrate.js';
import { fidelity } from './fidelity.js';
import { foldBatchNorm } from '../models/fold-batch-norm.js';
import { toBfloat16, toFloat16 } from '../formats/half-precision.js';
import { planInt8 } from './int8-plan.js';
import { compileInt8Prefix } from './int8-prefix.js';
import { choosePrecision } from './precision.js';
import { compilePrefix, openPrefix, type PixelBatch, type Prefix } from './prefix.js';
import { quantiseKernel } from './quantise.js';
import { pixelsFor, weightsFor } from '../../test/helpers/networks.js';
import { expectClose } from '../../test/helpers/tensors.js';

function eager(network: Network, weights: Weights, { pixels, count }: PixelBatch): Tensor {
  return tf.tidy(() => {
    const tensors = new Map([...weights].map(([name, t]) => [name, tf.tensor(t.data, [...t.shape])]));
    const batch = tf.tensor(pixels, [count, ...network.layers[0]!.shape], 'int32');
    return forward(network, tensors, tf.cast(batch, 'float32'));
  });
}

const compare = (reduced: Prefix, full: Prefix, { pixels, count }: PixelBatch) =>
  fidelity(reduced.run(pixels, count), full.run(pixels, count), count);

const preprocessing = { channelOrder: 'BGR', mean: [104, 117, 123], scale: [58, 57, 57] } as const;
const activations: Activation[] = ['relu', 'relu6', 'sigmoid', 'tanh', 'scaledTanh', 'softmax'];

/** Networks that between them hold every kind of layer. */
const networks: Record<string, () => Network> = {
  'plain, with pooling': () => {
    const net = new NetworkBuilder('plain', [32, 32, 3]);
    let x = net.convolution('input', 'conv1', { filters: 8, kernel: 3, padding: 'same', activation: 'relu' });
    x = net.convolution(x, 'conv2', { filters: 16, kernel: 3, padding: 'same', activation: 'relu' });
    x = net.maxPool(x, 'pool2', { kernel: 2, stride: 2 });
    x = net.convolution(x, 'conv3', { filters: 32, kernel: 3, padding: 'same', activation: 'relu' });
    x = net.convolution(x, 'conv4', { filters: 32, kernel: 3, stride: 2, padding: 1, activation: 'relu' });
    x = net.maxPool(x, 'pool4', { kernel: 3, stride: 2, rounding: 'ceil' });
    net.globalAverage(x, 'average');
    return net.build();
  },
  'inception, with normalisation across channels and groups': () => {
    const net = new NetworkBuilder('inception', [24, 24, 3]);
    let x = net.convolution('input', 'conv1', {
      filters: 12,
      kernel: 7,
      stride: 2,
      padding: 3,
      activation: 'relu',
    });
    x = net.maxPool(x, 'pool1', { kernel: 3, stride: 2, rounding: 'ceil' });
    x = net.localResponseNorm(x, 'norm1', { depthRadius: 2, bias: 1, alpha: 0.02, beta: 0.75 });
    const a = net.convolution(x, 'a', { filters: 8, kernel: 1, activation: 'relu' });
    const b = net.convolution(x, 'b', { filters: 8, kernel: 5, padding: 2, groups: 2, activation: 'relu' });
    const c = net.maxPool(x, 'c', { kernel: 3, padding: 1 });
    x = net.concatenate([a, b, c], 'joined');
    x = net.convolution(x, 'after', { filters: 16, kernel: 3, activation: 'relu' });
    x = net.averagePool(x, 'pool2', { kernel: 2, stride: 2, padding: 'same' });
    x = net.flatten(x, 'flat');
    x = net.dropout(x, 'drop', 0.5);
    net.dense(x, 'logits', { units: 5, activation: 'softmax' });
    return net.build();
  },
  'residual, with batch normalisation and depthwise': () => {
    const net = new NetworkBuilder('residual', [16, 16, 3]);
    let x = net.convolution('input', 'conv1', { filters: 8, kernel: 3, padding: 1, bias: false });
    x = net.batchNorm(x, 'bn1', { epsilon: 1e-3, activation: 'relu' });
    const shortcut = x;
    x = net.depthwise(x, 'dw', { kernel: 3, padding: 'same', bias: false });
    x = net.batchNorm(x, 'bn2', { epsilon: 1e-3, activation: 'relu6' });
    x = net.convolution(x, 'conv2', { filters: 8, kernel: 1 });
    x = net.batchNorm(x, 'bn3', { epsilon: 1e-3 });
    x = net.add([x, shortcut], 'sum', { activation: 'relu' });
    x = net.batchNorm(x, 'bn4', { epsilon: 1e-3 });
    x = net.globalAverage(x, 'average');
    net.rootMeanSquareNorm(x, 'pattern');
    return net.build();
  },
  'partly connected, with trainable subsampling and radial basis functions': () => {
    const net = new NetworkBuilder('paper', [12, 12, 3]);
    const connections = [
      [1, 0, 0],
      [1, 1, 0],
      [0, 0, 1],
      [1, 1, 1],
    ] as const;
    const options = { filters: 4, kernel: 3, connections, activation: 'relu' } as const;
    let x = net.convolution('input', 'partial', options);
    x = net.subsample(x, 'sub', { kernel: [2, 2], stride: 2, activation: 'scaledTanh' });
    x = net.flatten(x, 'flat');
    x = net.dense(x, 'code', { units: 6, activation: 'scaledTanh' });
    const prototypes = [
      [1, -1, 1, 1, -1, 1],
      [-1, 1, 1, -1, 1, 1],
    ];
    net.radialBasis(x, 'output', prototypes);
    return net.build();
  },
  'pooled in three ways at two depths': () => {
    const net = new NetworkBuilder('pooled', [16, 16, 3]);
    let x = net.convolution('input', 'conv1', { filters: 8, kernel: 3, padding: 'same', activation: 'relu' });
    x = net.maxPool(x, 'pool1', { kernel: 2, stride: 2 });
    net.convolution(x, 'conv2', { filters: 12, kernel: 3, padding: 'same', activation: 'relu' });
    const depths = ['pool1', 'conv2'];
    return withPooledFeatures(
      net.build(),
      depths.flatMap((layer) => poolNames.map((pool) => ({ layer, pool }))),
    );
  },
  activations: () => {
    const net = new NetworkBuilder('activations', [6, 6, 3]);
    let x = net.convolution('input', 'conv', { filters: 4, kernel: 3 });
    for (const activation of activations) x = net.activation(x, activation, activation);
    return net.build();
  },
};

describe.each(Object.entries(networks))('%s', (_, build) => {
  const network = build();
  const weighted = withPreprocessing({ network, weights: weightsFor(network) }, preprocessing);

  it('compiled gives what it gives op by op, for any number of pictures', () => {
    const prefix = compilePrefix(weighted);
    for (const count of [1, 3]) {
      const batch = pixelsFor(network, count);
      const expected = eager(weighted.network, weighted.weights, batch);
      expectClose([tf.tensor(prefix.run(batch.pixels, count), [count, ...prefix.shape])], [expected], 1e-4);
    }
    prefix.dispose();
  });

  it('comes close in bfloat16', () => {
    const [reduced, full] = [compilePrefix(weighted, { precision: 'bfloat16' }), compilePrefix(weighted)];
    expect(compare(reduced, full, pixelsFor(network, 4)).lowestCosine).toBeGreaterThan(0.999);
    for (const prefix of [reduced, full]) prefix.dispose();
  });

  it('comes close in int8, calibrated on other pictures', () => {
    const calibration = calibrate(weighted, [pixelsFor(network, 8, 3), pixelsFor(network, 8, 4)]);
    const [reduced, full] = [compileInt8Prefix(weighted, calibration), compilePrefix(weighted)];
    const result = compare(reduced, full, pixelsFor(network, 4));
    expect(result.good).toBe(true);
    expect(result.lowestCosine).toBeGreaterThan(0.99);
    for (const prefix of [reduced, full]) prefix.dispose();
  });
});

it('integers run where maps have no values below 0; pixels are such a map too', () => {
  const names = (key: string) => {
    const { integer, ranged } = planInt8(
      foldBatchNorm({ network: networks[key]!(), weights: weightsFor(networks[key]!()) }).network,
    );
    return { integer: [...integer], ranged };
  };
  expect(names('plain, with pooling')).toEqual({
    integer: ['conv2', 'pool2', 'conv3', 'conv4'],
    ranged: ['conv2', 'conv1', 'conv3', 'conv4'],
  });
  expect(names('inception, with normalisation across channels and groups')).toEqual({
    integer: ['a', 'after'],
    ranged: ['a', 'norm1', 'after', 'joined'],
  });
  expect(names('residual, with batch normalisation and depthwise')).toEqual({
    integer: ['bn2', 'bn3'],
    ranged: ['bn2', 'bn1', 'bn3'],
  });

  const network = networks['plain, with pooling']!();
  const onPixels = withPreprocessing({ network, weights: weightsFor(network) }, preprocessing).network;
  const { integer, pixels, ranged } = planInt8(onPixels);
  expect([...integer][0]).toBe('conv1');
  expect([...pixels.keys()]).toEqual(['conv1']);
  expect(ranged).toEqual(['conv1', 'conv2', 'conv3', 'conv4']);
  const older = planInt8(onPixels, {});
  expect([...older.integer][0]).toBe('conv2');
  expect(older.pixels.size).toBe(0);
  expect(older.ranged).toContain('conv1'); // which the second one reads
});

it('folding batch normalisation keeps the function and leaves fewer layers', () => {
  const network = networks['residual, with batch normalisation and depthwise']!();
  const weights = weightsFor(network);
  const folded = foldBatchNorm({ network, weights });
  expect(folded.network.layers.map(({ name }) => name)).toEqual([
    'input',
    'bn1',
    'bn2',
    'bn3',
    'sum',
    'bn4',
    'average',
    'pattern',
  ]);
  const batch = pixelsFor(network, 2);
  expectClose([eager(folded.network, folded.weights, batch)], [eager(network, weights, batch)], 1e-4);
});

it('rounds weights as Math.round does, halves too', () => {
  const steps = Array.from({ length: 4001 }, (_, i) => (i - 2000) / 32);
  const data = Float32Array.from([127, ...steps, 0.49999997, -0.49999997]);
  const expected = Array.from(data, (value) => Math.round(value) + 0);
  expect(Array.from(quantiseKernel({ shape: [data.length, 1], data }).data)).toEqual(expected);
});

it('quantises each output channel by its largest weight', () => {
  const { data, maxima } = quantiseKernel({ shape: [2, 3], data: Float32Array.of(1, -4, 0, -0.5, 1, 0) });
  expect(Array.from(data)).toEqual([127, -127, 0, -63, 32, 0]);
  expect(Array.from(maxima, (value) => Math.fround(value))).toEqual([1, 4, Math.fround(1e-6)]);
});

it('where two products are added in sixteen bits no weight is so large that they may not fit', () => {
  const { data, maxima } = quantiseKernel({ shape: [4, 1], data: Float32Array.of(1, -4, 0.5, 4) }, 64);
  expect(Array.from(data)).toEqual([16, -64, 8, 64]);
  expect((maxima[0]! * 64) / 127).toBeCloseTo(4, 6);
  expect(2 * 255 * Math.max(...data)).toBeLessThan(2 ** 15);
});

it('in int8 the brightest pictures and the largest weights give what float32 does', () => {
  const net = new NetworkBuilder('bright', [8, 8, 3]);
  const one = net.convolution('input', 'one', {
    filters: 32,
    kernel: 3,
    padding: 'same',
    activation: 'relu',
  });
  net.convolution(one, 'two', { filters: 32, kernel: 3, padding: 'same', activation: 'relu' });
  const network = net.build();
  const weights = new Map(weightsFor(network));
  for (const [name, { shape, data }] of weights) weights.set(name, { shape, data: data.map(() => 0.01) });
  const batch = { pixels: new Uint8Array(2 * 8 * 8 * 3).fill(255), count: 2 };
  const exact = compilePrefix({ network, weights });
  const int8 = compileInt8Prefix({ network, weights }, calibrate({ network, weights }, [batch]));
  const [wanted, got] = [exact, int8].map((prefix) => prefix.run(batch.pixels, batch.count));
  for (const prefix of [exact, int8]) prefix.dispose();
  for (const [i, value] of got!.entries()) expect(value / wanted![i]!).toBeCloseTo(1, 1);
});

it('a calibration is identified by its ranges, whatever their order', () => {
  const digest = calibrationDigest({ ranges: { a: 1, b: 2 } });
  expect(calibrationDigest({ ranges: { b: 2, a: 1 } })).toBe(digest);
  expect(calibrationDigest({ ranges: { a: 1, b: 2.5 } })).not.toBe(digest);
  const others = [
    { pixels: true },
    { lowest: {} },
    { lowest: { a: -1 } },
    { pixels: true, lowest: {} },
    { largestWeight: 64 },
    { pixels: true, largestWeight: 64 },
  ] as const;
  const digests = others.map((more) => calibrationDigest({ ranges: { a: 1, b: 2 }, ...more }));
  expect(new Set([digest, ...digests]).size).toBe(7);
  // as older versions wrote it into runs
  expect(calibrationDigest({ ranges: { a: 1 }, pixels: true })).toBe(
    createHash('sha256').update('{"entries":[["a",1]],"pixels":true}').digest('hex'),
  );
});

it('rounds to 16 bits as TensorFlow does', () => {
  const special = [
    0,
    -0,
    1,
    -2,
    65504,
    65519,
    65520,
    1e-8,
    6e-5,
    5.9e-8,
    3e38,
    Number.POSITIVE_INFINITY,
    1.0009765625,
    2049,
    2051,
  ];
  const random = new Random(5);
  const values = Float32Array.from([
    ...special,
    ...Array.from({ length: 1000 }, () => random.normal() * 10 ** random.between(-9, 6)),
  ]);
  for (const [type, number, convert] of [
    ['bfloat16', 14, toBfloat16],
    ['float16', 19, toFloat16],
  ] as const) {
    const binding = nativeBinding();
    const input = binding.createTensor([values.length], 1, values);
    const attribute = (name: string, value: number) => ({ name, type: binding['TF_ATTR_TYPE'], value });
    const cast = (id: number, from: number, to: number) =>
      binding.executeOp('Cast', [attribute('SrcT', from), attribute('DstT', to)], [id], 1)[0]!.id;
    const half = cast(input, 1, number);
    const back = cast(half, number, 1);
    const expected = binding.tensorDataSync(back) as Float32Array;
    const actual = Float32Array.from(convert(values), (bits) => valueIn(type, bits));
    expect(Array.from(actual)).toEqual(Array.from(expected));
    for (const id of [input, half, back]) binding.deleteTensor(id);
  }
  expect(toBfloat16(Float32Array.of(Number.NaN))[0]).toBe(0x7fc0);
  expect(toFloat16(Float32Array.of(Number.NaN))[0]).toBe(0x7e00);
});

function valueIn(type: 'bfloat16' | 'float16', bits: number): number {
  if (type === 'bfloat16') return new Float32Array(Uint32Array.of(bits * 65536).buffer)[0]!;
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

describe('the choice of precision', () => {
  const network = networks['plain, with pooling']!();
  const weighted = { network, weights: weightsFor(network) };
  const samples = { calibration: [pixelsFor(network, 8, 3)], heldOut: pixelsFor(network, 4) };

  it('takes what was asked for and says how it compares', () => {
    const chosen = choosePrecision(weighted, 'int8', samples);
    expect(chosen.precision).toBe('int8');
    expect(chosen.calibration).toEqual(calibrate(weighted, samples.calibration));
    expect(chosen.reason).toMatch(/^int8: [\d.]+ ms a picture against [\d.]+ in float32, cosine (0\.99|1)/);
    chosen.prefix.dispose();
    const plain = choosePrecision(weighted, 'float32', samples);
    expect(plain).toMatchObject({ precision: 'float32', reason: 'float32: as asked for.' });
    plain.prefix.dispose();
  });

  it('takes float32 when int8 comes out too different, and says so', () => {
    const grey = { pixels: new Uint8Array(samples.heldOut.pixels.length).fill(1), count: 4 };
    const chosen = choosePrecision(weighted, 'int8', { ...samples, calibration: [grey] });
    expect(chosen.precision).toBe('float32');
    expect(chosen.calibration).toBeUndefined();
    expect(chosen.reason).toMatch(/^float32: int8 comes out too different \(cosine .* of at least 0\.995\)/);
    chosen.prefix.dispose();
  });

  it('by itself takes the fastest that comes close enough', () => {
    const before = nativeBinding().getNumOfSavedModels();
    const chosen = choosePrecision(weighted, 'auto', samples);
    expect(['float32', 'bfloat16', 'int8']).toContain(chosen.precision);
    expect(nativeBinding().getNumOfSavedModels()).toBe(before + 1);
    chosen.prefix.dispose();
  });

  it('checks against what float32 puts out, from whichever graph', () => {
    const full = compileCalibrating(weighted);
    const { pixels, count } = samples.heldOut;
    const plain = full.run(pixels, count);
    full.calibrate(samples.calibration);
    expect(full.runCalibrated(pixels, count)).toEqual(plain);
    full.dispose();
  });

  const short = { pixels: new Uint8Array(5), count: 1 };
  it.each([
    ['calibrating', { ...samples, calibration: [short] }],
    ['timing', { ...samples, heldOut: short }],
  ])('leaves nothing open when %s fails', (_, broken) => {
    const before = nativeBinding().getNumOfSavedModels();
    expect(() => choosePrecision(weighted, 'int8', broken)).toThrow('expected 3072 values');
    expect(nativeBinding().getNumOfSavedModels()).toBe(before);
  });
});

it('in int8 pixels are read by layers in integers and in float32 alike', () => {
  const net = new NetworkBuilder('pixels twice', [16, 16, 3]);
  const a = net.convolution('input', 'a', { filters: 8, kernel: 3, padding: 1, activation: 'relu' });
  const b = net.convolution(a, 'b', { filters: 8, kernel: 3, padding: 1, activation: 'relu' });
  const c = net.convolution('input', 'c', { filters: 8, kernel: 3, padding: 1, activation: 'tanh' });
  net.concatenate([b, c], 'joined');
  const network = net.build();
  const weighted = withPreprocessing({ network, weights: weightsFor(network) }, preprocessing);
  const calibration = calibrate(weighted, [pixelsFor(network, 8, 3)]);
  const plan = planInt8(weighted.network, calibration);
  expect([...plan.pixels.keys()]).toEqual(['a']);
  expect(plan.integer.has('c')).toBe(false);
  const [reduced, full] = [compileInt8Prefix(weighted, calibration), compilePrefix(weighted)];
  for (const count of [3, 1]) {
    const batch = pixelsFor(network, count);
    expect(compare(reduced, full, batch).lowestCosine).toBeGreaterThan(0.99);
    expect(reduced.run(batch.pixels, count)).toEqual(reduced.run(batch.pixels, count));
  }
  for (const prefix of [reduced, full]) prefix.dispose();
});

it.each(['float32', 'bfloat16'] as const)('scales pixels row by row as channel by channel, in %s', (type) => {
  const net = new NetworkBuilder('alone', [5, 7, 3]);
  net.maxPool('input', 'pool', { kernel: 1, stride: 1 });
  const network = net.build();
  const weighted = withPreprocessing(
    { network, weights: new Map() },
    { ...preprocessing, channelOrder: 'RGB' },
  );
  const { pixels, count } = pixelsFor(network, 2);
  const [byRows, byChannels] = (['fixed', 'any'] as const).map((sizes) => {
    const graph = new GraphBuilder();
    const read = graph.placeholder(DataType.uint8, [-1, 5, 7, 3], 'pixels');
    const writer = new NetworkWriter(graph, weighted.weights, type, sizes);
    const outputs = writer.outputs(weighted.network, castTo(graph, read, 'uint8', type));
    const float32 = { T: { type: DataType.float32 } };
    const last = castTo(graph, outputs.get('pool')!, type, 'float32');
    graph.node('Identity', [last], float32, { name: 'output' });
    const prefix = openPrefix(new Session(graphDef([graph.fragment()])), weighted.network);
    const values = prefix.run(pixels, count);
    prefix.dispose();
    return values;
  });
  expect(byRows).toEqual(byChannels);
});

it('leaks no tensors or sessions and refuses another number of pixels', () => {
  const network = networks['plain, with pooling']!();
  const weighted = withPreprocessing({ network, weights: weightsFor(network) }, preprocessing);
  const binding = nativeBinding();
  const counts = () => [tf.memory().numTensors, binding.getNumOfTensors(), binding.getNumOfSavedModels()];
  const before = counts();
  const batch = pixelsFor(network, 2);
  const prefix = compilePrefix(weighted);
  const reduced = compileInt8Prefix(weighted, calibrate(weighted, [batch]));
  for (let i = 0; i < 100; i++) {
    prefix.run(batch.pixels, 2);
    reduced.run(batch.pixels, 2);
  }
  expect(() => prefix.run(batch.pixels, 3)).toThrow(/9216 values for 3 pictures but received 6144/);
  prefix.dispose();
  reduced.dispose();
  expect(counts()).toEqual(before);
});
