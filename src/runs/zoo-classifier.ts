import fs from 'node:fs';
import path from 'node:path';
import { withPreprocessing } from '../models/compose.js';
import { outputOf } from '../models/network.js';
import { preprocessingOf } from '../models/published-names.js';
import { acceptedNames, modelSpec } from '../models/registry.js';
import { imagenetClasses } from '../zoo/imagenet-classes.js';
import { loadWeights } from '../zoo/load-weights.js';
import { Classifier, readRunClassifier, type SavedClassifier } from './classifier.js';
import { fetchProgress } from '../zoo/fetch-progress.js';
import type { Hooks } from '../runtime/progress.js';
import type { ViewsName } from './views.js';
import { checkClassifierName } from '../zoo/network-names.js';

/**
 * What `predict` and `evaluate` take: the folder of a run, or a network of the zoo with ImageNet's 1000 classes.
 *
 * @throws UserError when it is neither, or the network's weights cannot be had.
 */
export async function openClassifier(
  given: string,
  hooks: Hooks = {},
  { tta = 'auto' }: { readonly tta?: ViewsName } = {},
): Promise<Classifier> {
  const saved = await readAnyClassifier(given, hooks);
  return new Classifier(saved, tta === 'auto' ? {} : { mirrored: tta === 'mirror' });
}

/** The same, not opened yet: its network and weights. */
export async function readAnyClassifier(given: string, hooks: Hooks = {}): Promise<SavedClassifier> {
  checkClassifierName(given);
  return isRun(given) ? readRunClassifier(given) : readZooClassifier(given, hooks);
}

/** Whether a run is meant, and not a network of the zoo. */
export function isRun(given: string): boolean {
  return fs.existsSync(path.join(given, 'model')) || !acceptedNames().includes(given);
}

async function readZooClassifier(name: string, hooks: Hooks): Promise<SavedClassifier> {
  const spec = modelSpec(name);
  const network = spec.build();
  const onProgress = fetchProgress(hooks);
  const stop = hooks.signal && { signal: hooks.signal };
  const loaded = await loadWeights(spec.name, network, { onProgress, ...stop });
  hooks.onProgress?.({ kind: 'note', message: `${spec.title} weights: ${loaded.source}` });
  const classes = await imagenetClasses({ environment: process.env, onProgress, ...stop });
  const preprocessing = (loaded.family && preprocessingOf(network, loaded.family)) ?? spec.preprocessing;
  const [height, width] = spec.inputShape;
  return {
    ...withPreprocessing({ network, weights: loaded.weights }, preprocessing),
    labels: classes.map((one) => one.name),
    ids: classes.map(({ id }) => id),
    // As these networks are measured: the middle of the picture in its own proportions.
    decode: { height, width, channels: 3, resize: 'crop' },
    cut: outputOf(network).name,
    prefix: { precision: 'float32' },
  };
}
