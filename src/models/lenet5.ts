import type { Network } from './network.js';
import { NetworkBuilder } from './network-builder.js';

/**
 * LeNet-5: LeCun, Bottou, Bengio & Haffner, "Gradient-Based Learning Applied to Document Recognition", 1998,
 * section II.B and figure 2, in today's form: C3 reads every map of S2, subsampling is plain average pooling,
 * and the output is a dense layer of logits. C1, C3, C5 and F6 keep the paper's squashing function,
 * f(a) = 1.7159 tanh(2a/3) (appendix A).
 *
 * Input 32×32 unless told otherwise; one channel as in the paper, or three for colour pictures. 61,706 parameters with one channel
 * and ten classes.
 */
export function lenet5(
  options: { classes?: number; channels?: number; inputShape?: readonly [number, number, number] } = {},
): Network {
  const { classes = 10, channels = 1, inputShape = [32, 32, channels] } = options;
  const net = new NetworkBuilder('lenet5', inputShape);
  let x = net.convolution('input', 'C1', { filters: 6, kernel: 5, activation: 'scaledTanh' });
  x = net.averagePool(x, 'S2', { kernel: 2, stride: 2 });
  x = net.convolution(x, 'C3', { filters: 16, kernel: 5, activation: 'scaledTanh' });
  x = net.averagePool(x, 'S4', { kernel: 2, stride: 2 });
  x = net.convolution(x, 'C5', { filters: 120, kernel: 5, activation: 'scaledTanh' });
  x = net.flatten(x, 'flatten');
  x = net.dense(x, 'F6', { units: 84, activation: 'scaledTanh' });
  net.dense(x, 'output', { units: classes });
  return net.build();
}
