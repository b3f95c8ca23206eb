import { stack, type WeightedNetwork } from '../models/compose.js';
import { type Network, networkAfter, networkUpTo, outputOf } from '../models/network.js';
import { networkWeights } from '../models/network-weights.js';
import { didYouMean, messageOf, UserError } from '../runtime/errors.js';
import { type Examples, joinExamples } from '../features/examples.js';
import { throughNetwork } from './through-network.js';
import type { Weights } from '../formats/tensors.js';
import { trainHead } from './train-head.js';
import type { HeadData, Trained } from './trained.js';
import type { TrainingOptions } from './options.js';
import {
  fitFinal,
  fitMeasured,
  type TrainingContext,
  type TrainingJob,
  withTrainer,
} from './training-job.js';

/**
 * Cuts a base in two before the first layer called `from`, or whose name begins with it (`block5` of
 * `block5_conv1`): what lies below stays frozen, the rest can be trained.
 *
 * @throws UserError when there is no such layer, or none where the network can be cut in two.
 */
export function cutBefore(
  { network, weights }: WeightedNetwork,
  from: string,
): { frozen: WeightedNetwork; suffix: WeightedNetwork } {
  const { below, above } = cutNetwork(network, from);
  return {
    frozen: { network: below, weights: weightsOf(below, weights) },
    suffix: { network: above, weights: weightsOf(above, weights) },
  };
}

/** As `cutBefore`, of a network without weights: what is asked for can be checked before these are read. */
export function cutNetwork(network: Network, from: string): { below: Network; above: Network } {
  const isNamed = (name: string) =>
    name === from || (name.startsWith(from) && /[_/.]/.test(name[from.length]!));
  const first = network.layers.find((layer) => layer.inputs.length > 0 && isNamed(layer.name));
  if (!first) {
    const names = blockNames(network);
    throw new UserError(
      `Expected --unfreeze to name a layer or block of ${network.name} but received '${from}'.` +
        `${didYouMean(from, [...names, ...network.layers.map(({ name }) => name)])} Blocks: ${names.join(', ')}.`,
    );
  }
  try {
    return {
      below: networkUpTo(network, first.inputs[0]!),
      above: networkAfter(network, first.inputs[0]!),
    };
  } catch (error) {
    throw new UserError(
      `Expected --unfreeze to name the beginning of a block but ${messageOf(error)}. Blocks: ${blockNames(network).join(', ')}.`,
    );
  }
}

/** What the names of layers begin with: block1, inception_3a, layer4 … */
function blockNames(network: Network): string[] {
  const trained = network.layers.filter((layer) => layer.type === 'convolution' || layer.type === 'dense');
  return [...new Set(trained.map(({ name }) => name.split(name.includes('/') ? '/' : /[_.]/)[0]!))];
}

function weightsOf(network: Network, weights: Weights): Weights {
  return new Map(networkWeights(network).map(({ name }) => [name, weights.get(name)!]));
}

/**
 * Fine-tunes the upper part of a base together with a head, as the peers' guides do it: first the head is trained on
 * the frozen base, then both with a low learning rate, without weight decay. The frozen part's activations are all
 * that is needed: it is never run again.
 *
 * @param data the frozen part's activations.
 */
export async function trainUnfrozen(
  data: HeadData,
  suffix: WeightedNetwork,
  { name, ...context }: TrainingContext & { name: string },
  options: TrainingOptions,
): Promise<{ tuned: Trained; head: Trained }> {
  const { train, validation, test, classes } = data;
  const pooled = (examples: Examples) => throughNetwork(examples, suffix, options.batchSize);
  const head = await trainHead(
    { ...data, train: pooled(train), validation: pooled(validation), test: pooled(test) },
    options,
    context,
  );
  const started = performance.now();
  const joint = outputOf(suffix.network).name;
  const { network, weights: initial } = stack(suffix, joint, head.measuredClassifier);
  const job: TrainingJob = {
    name,
    network,
    classes,
    epochs: options.unfreezeEpochs,
    learningRate: options.unfreezeLearningRate,
    patience: options.patience ?? 3,
    options,
    ...context,
  };
  return withTrainer(job, initial, async (trainer) => {
    const settings = { weightDecay: 0, name: 'unfrozen measured' };
    const {
      result: measured,
      validationRight,
      temperature,
      calibration,
    } = await fitMeasured(job, trainer, { initial, train, validation }, settings);
    const all = {
      initial: stack(suffix, joint, head.classifier).weights,
      train: joinExamples(train, validation),
      test,
    };
    const { result, testProbabilities } = await fitFinal(job, trainer, all, {
      weightDecay: 0,
      epochs: measured.bestEpoch,
      temperature,
      name: 'unfrozen',
    });
    const classifier = { network, weights: result.weights };
    const tuned: Trained = {
      classifier,
      measuredClassifier: { network, weights: measured.weights },
      weightDecay: 0,
      temperature,
      measured,
      testProbabilities,
      trainableParameters: trainer.trainableParameters,
      validationRight,
      calibration,
      seconds: head.seconds + (performance.now() - started) / 1000,
    };
    return { tuned, head };
  });
}
