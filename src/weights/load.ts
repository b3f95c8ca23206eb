import fs from 'node:fs';
import type { Network } from '../models/network.js';
import { networkWeights } from '../models/network.js';
import { canonicalDigest, type NamedTensor, type Weights } from './tensors.js';
export interface LoadedWeights {
  readonly weights: Weights;
  readonly digest: string;
  readonly source: string;
  readonly licence: string;
}
export async function loadWeights(
  model: string,
  network: Network,
  options: { file?: string; onProgress?: (e: { received: number; total: number }) => void } = {},
): Promise<LoadedWeights> {
  const h5 = await import('h5wasm/node');
  await h5.ready;
  const file = new h5.File(
    options.file ?? `${process.env['FINETUNE_ZOO']}/keras/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5`,
    'r',
  );
  const weights = new Map<string, NamedTensor>();
  for (const { name, shape } of networkWeights(network)) {
    const [layer, part] = name.split('/');
    const group = file.get(layer!) as any;
    const key = (group.keys() as string[]).find((k: string) =>
      part === 'kernel' ? k.includes('_W_') : k.includes('_b_'),
    )!;
    weights.set(name, { shape, data: group.get(key).value as Float32Array });
  }
  void fs;
  void model;
  return { weights, digest: canonicalDigest(weights), source: 'zoo', licence: '' };
}
