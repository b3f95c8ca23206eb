import type { Network } from '../models/network.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { type HeadName, standardiseLayer } from './head-names.js';
import { standardiseEpsilon } from './standardise.js';

/**
 * A new classifier on top of pooled features.
 *
 * `linear`: one dense layer, multinomial logistic regression on the features.
 * `mlp`: a hidden layer of 256 ReLU units with dropout before it and after it (Srivastava et al. 2014).
 *
 * The features (see `withPooledFeatures`) are first standardised (layer 'standardise', whose mean and variance are
 * measured on the training pictures and never trained). So one learning rate and one weight decay fit every base. The
 * output are logits.
 *
 * @param features how many values a picture has.
 */
export function buildHead(head: HeadName, features: number, classes: number, dropout = 0.5): Network {
  const net = new NetworkBuilder(`${head} head`, [features]);
  let x = net.batchNorm('input', standardiseLayer, { epsilon: standardiseEpsilon });
  if (head === 'mlp') {
    x = net.dropout(x, 'head_dropout1', dropout / 2);
    x = net.dense(x, 'head_hidden', { units: 256, activation: 'relu' });
    x = net.dropout(x, 'head_dropout2', dropout);
  }
  net.dense(x, 'logits', { units: classes });
  return net.build();
}
