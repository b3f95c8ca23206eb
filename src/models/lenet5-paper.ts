import { Random } from '../runtime/random.js';
import { digitBitmaps } from './digit-bitmaps.js';
import type { Connections, Network } from './network.js';
import { NetworkBuilder } from './network-builder.js';

/** Table I of the paper: which maps of S2 (rows) each map of C3 (columns) reads. */
const table = [
  'X...XXX..XXXX.XX',
  'XX...XXX..XXXX.X',
  'XXX...XXX..X.XXX',
  '.XXX..XXXX..X.XX',
  '..XXX..XXXX.XX.X',
  '...XXX..XXXX.XXX',
];

const c3Connections: Connections = [...table[0]!].map((_, filter) =>
  table.map((row) => (row[filter] === 'X' ? 1 : 0)),
);

/**
 * LeNet-5 as published: LeCun, Bottou, Bengio & Haffner, "Gradient-Based Learning Applied to Document Recognition",
 * 1998, section II.B. Three things differ from `lenet5`, today's form: each map of C3 reads some of S2's maps only
 * (table I), S2 and S4 learn a coefficient and a bias a map and squash their result, and the outputs are Euclidean
 * radial basis functions (equation 7) around fixed codes of ±1, here negated so that the largest is the answer.
 * Every squashing is f(a) = 1.7159 tanh(2a/3) (appendix A).
 *
 * 60,000 parameters: 156 + 12 + 1,516 + 32 + 48,120 + 10,164. The 840 numbers of the codes are not learned.
 *
 * Softmax cross-entropy of these outputs is the paper's criterion (equation 9) with j → ∞: the logarithm there adds
 * e^−j, the evidence of a class of rubbish, to the sum over the classes, which bounds how far wrong classes are
 * pushed away.
 *
 * @param options.classes 10 for the digits, whose codes are drawn; others get codes at random, the paper's second way.
 * @param options.inputShape default 32×32, one channel.
 */
export function lenet5Paper(
  options: { classes?: number; inputShape?: readonly [number, number, number] } = {},
): Network {
  const { classes = 10, inputShape = [32, 32, 1] } = options;
  const activation = 'scaledTanh';
  const net = new NetworkBuilder('lenet5-paper', inputShape);
  let x = net.convolution('input', 'C1', { filters: 6, kernel: 5, activation });
  x = net.subsample(x, 'S2', { kernel: 2, stride: 2, activation });
  x = net.convolution(x, 'C3', { filters: 16, kernel: 5, connections: c3Connections, activation });
  x = net.subsample(x, 'S4', { kernel: 2, stride: 2, activation });
  x = net.convolution(x, 'C5', { filters: 120, kernel: 5, activation });
  x = net.flatten(x, 'flatten');
  x = net.dense(x, 'F6', { units: codeLength, activation });
  net.radialBasis(x, 'output', classes === 10 ? digitBitmaps : randomCodes(classes));
  return net.build();
}

/** Pixels of a code: 7×12. */
const codeLength = 84;

/** The same codes every time. */
function randomCodes(classes: number): number[][] {
  const random = new Random(1998);
  return Array.from({ length: classes }, () =>
    Array.from({ length: codeLength }, () => (random.below(2) === 0 ? -1 : 1)),
  );
}
