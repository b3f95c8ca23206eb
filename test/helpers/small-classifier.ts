import type { SavedClassifier } from '../../src/runs/classifier.js';
import { stack, withPreprocessing, withSoftmax } from '../../src/models/compose.js';
import { type Network, outputOf } from '../../src/models/network.js';
import { type FeaturePart, withPooledFeatures } from '../../src/models/pooled-features.js';
import { NetworkBuilder } from '../../src/models/network-builder.js';
import { buildHead } from '../../src/training/heads.js';
import { dividedBy } from '../../src/training/temperature.js';
import { weightsFor } from './networks.js';

const side = 32;

/** A run's classifier as `finetune` saves it, on a base that is small enough for tests; its weights are made up. */
export function smallClassifier({
  head = 'linear',
  parts = [{ layer: 'conv3', pool: 'average' }],
  cut,
  network: small = smallBase(),
}: {
  head?: 'linear' | 'mlp';
  parts?: readonly FeaturePart[];
  cut?: string;
  network?: Network;
} = {}): SavedClassifier {
  const labels = ['bird', 'cat', 'dog', 'rabbit'];
  const base = withPooledFeatures(small, parts);
  const features = outputOf(base);
  const preprocessing = { channelOrder: 'RGB', mean: [124, 116, 104], scale: [58, 57, 57] } as const;
  const prepared = withPreprocessing({ network: base, weights: weightsFor(base) }, preprocessing);
  const network = buildHead(head, features.shape[0]!, labels.length);
  const stacked = stack(prepared, features.name, dividedBy(0.7, { network, weights: weightsFor(network) }));
  return {
    labels,
    decode: { height: side, width: side, channels: 3, resize: 'squash' },
    cut: cut ?? features.name,
    prefix: { precision: 'float32' },
    network: withSoftmax(stacked.network),
    weights: stacked.weights,
  };
}

function smallBase(): Network {
  const net = new NetworkBuilder('small', [side, side, 3]);
  let x = net.convolution('input', 'conv1', { filters: 8, kernel: 3, padding: 1, activation: 'relu' });
  x = net.maxPool(x, 'pool1', { kernel: 2, stride: 2 });
  x = net.convolution(x, 'conv2', { filters: 8, kernel: 3, padding: 1, activation: 'relu' });
  x = net.maxPool(x, 'pool2', { kernel: 2, stride: 2 });
  net.convolution(x, 'conv3', { filters: 12, kernel: 3, padding: 1, activation: 'relu' });
  return net.build();
}

/** As networks for phones are: ReLU6, a bottleneck and a shortcut with values below 0, a filter a channel. */
export function smallMobile(): Network {
  const net = new NetworkBuilder('small mobile', [side, side, 3]);
  const normalised = (from: string, name: string, activation?: 'relu6') =>
    net.batchNorm(from, name, { epsilon: 1e-3, ...(activation && { activation }) });
  const whole = (from: string, name: string, filters: number, activation?: 'relu6') =>
    normalised(net.convolution(from, `${name}/conv`, { filters, kernel: 1, bias: false }), name, activation);
  const first = { filters: 8, kernel: 3, stride: 2, padding: 'same', bias: false } as const;
  const x = whole(normalised(net.convolution('input', 'one/conv', first), 'one', 'relu6'), 'narrow', 8);
  const deep = { kernel: 3, padding: 'same', bias: false } as const;
  const wide = whole(x, 'wide', 24, 'relu6');
  const y = whole(normalised(net.depthwise(wide, 'deep/conv', deep), 'deep', 'relu6'), 'linear', 8);
  whole(net.add([x, y], 'sum'), 'last', 24, 'relu6');
  return net.build();
}

/** Says how red or how blue a picture is, so that it is known which places speak for what. */
export function redOrBlue(): SavedClassifier {
  const net = new NetworkBuilder('red or blue', [side, side, 3]);
  let x = net.convolution('input', 'colours', { filters: 2, kernel: 1, activation: 'relu' });
  x = net.averagePool(x, 'places', { kernel: 4, stride: 4 });
  x = net.globalAverage(x, 'mean');
  net.dense(x, 'logits', { units: 2 });
  return {
    labels: ['red', 'blue'],
    decode: { height: side, width: side, channels: 3, resize: 'squash' },
    cut: 'mean',
    prefix: { precision: 'float32' },
    network: withSoftmax(net.build()),
    weights: new Map([
      // red less green, blue less green
      ['colours/kernel', { shape: [1, 1, 3, 2], data: Float32Array.of(1, 0, -1, -1, 0, 1) }],
      ['colours/bias', { shape: [2], data: Float32Array.of(0, 0) }],
      ['logits/kernel', { shape: [2, 2], data: Float32Array.of(1, 0, 0, 1) }],
      ['logits/bias', { shape: [2], data: Float32Array.of(0, 0) }],
    ]),
  };
}

/** Grey, with a square of a colour for each corner given. */
export function withSquares(
  squares: readonly { y: number; x: number; colour: readonly [number, number, number] }[],
): Uint8Array {
  const pixels = new Uint8Array(side * side * 3).fill(128);
  for (const { y, x, colour } of squares) {
    for (let row = y; row < y + 8; row++) {
      for (let column = x; column < x + 8; column++) pixels.set(colour, 3 * (row * side + column));
    }
  }
  return pixels;
}
