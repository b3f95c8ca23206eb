import type { Tensor } from '@tensorflow/tfjs';
import { normaliseBatch } from '../graph/batch-norm.js';
import { forward, type Parameters } from '../models/forward.js';
import type { Network } from '../models/network.js';

/**
 * Runs a network whose batch norms use the mean and variance of the batch at hand, as a network is trained from
 * scratch; `forward` uses the stored ones, which fine-tuning keeps. Dropout does nothing.
 *
 * @param batch float32, [batch, ...input shape].
 * @returns the output of the last layer, [batch, ...output shape]. Intermediate tensors are disposed of.
 */
export function forwardWithBatchStatistics(network: Network, parameters: Parameters, batch: Tensor): Tensor {
  return forward(network, parameters, batch, { normaliseBatch });
}
