import { compare } from '../../src/evaluation/compare.js';
import { measure } from '../../src/evaluation/metrics.js';
import type { LabelledPrediction } from '../../src/evaluation/predictions.js';
import type { NetworkResult, RunResult } from '../../src/runs/record.js';
import { Random } from '../../src/runtime/random.js';
import type { EpochRecord } from '../../src/runtime/progress.js';

interface MadeUp {
  readonly labels: readonly string[];
  readonly perClass: number;
  /** About the share of right answers. */
  readonly accuracy: number;
  /** About the baseline's; undefined: no baseline. */
  readonly baseline?: number;
  readonly path?: (label: string, number: number) => string;
}

/** A result as a finished run would hand it to the report, invented but consistent; the same on every call. */
export function madeUpRun(made: MadeUp, changes: Partial<RunResult> = {}): RunResult {
  const random = new Random(7);
  const transferred = network('VGG-16 transferred', made, made.accuracy, 513 * made.labels.length, random);
  const baseline =
    made.baseline === undefined
      ? undefined
      : network('LeNet-5 from scratch', made, made.baseline, 61_326 + 85 * made.labels.length, random);
  const n = transferred.test.n;
  return {
    name: 'made-up',
    labels: made.labels,
    transferred,
    ...(baseline && { baseline }),
    metrics: {
      test: transferred.test,
      heldOut: 'test',
      validation: { accuracy: made.accuracy, ci95: [made.accuracy - 0.05, made.accuracy], n: 105 },
      ...(baseline && {
        baseline: { model: 'lenet5', test: baseline.test, trainSeconds: baseline.seconds },
        comparison: compare(transferred.predictions, baseline.predictions),
      }),
      timing: { decodeMsPerImage: 3.1, extractMsPerImage: 64.2, trainSeconds: 4.3, totalSeconds: 118.2 },
      precision: 'float32',
      device: 'cpu',
      parameters: { trainable: transferred.trainableParameters, frozen: 14_714_688 },
    },
    splitDescription: `The folder's own 'test' was held out; a stratified 15 % of 'train' chose.`,
    counts: { train: Math.round(n * 0.85), validation: Math.round(n * 0.15), test: n },
    skipped: [],
    warnings: [],
    leaks: [],
    dropped: [],
    device: {
      used: 'cpu',
      tensorflow: '2.21.0',
      build: 'cpu',
      gpuPresent: false,
      reason: 'no NVIDIA GPU was found',
      memory: 8e9,
      cpu: 'A processor',
      cores: 2,
      instructions: [],
    },
    features: "block5_pool (average). Input 224 × 224 pixels, the network's own",
    config: {
      data: 'pets',
      base: 'vgg16',
      seed: 0,
      head: 'linear',
      precision: { asked: 'auto', used: 'float32' },
      versions: { finetune: '0.1.0', tensorflow: '2.21.0', node: '20.20.2' },
      date: '2026-11-21T08:43:41.459Z',
    },
    command: 'finetune --base vgg16 --data pets',
    thumbnail: async () => undefined,
    ...changes,
  };
}

function network(
  title: string,
  { labels, perClass, path = (label, number) => `test/${label}/${label}_${number}.jpg` }: MadeUp,
  accuracy: number,
  trainableParameters: number,
  random: Random,
): NetworkResult {
  const predictions = labels.flatMap((label, index) => {
    // classes differ in how hard they are, and have one neighbour that most mistakes fall on
    const own = Math.min(1, accuracy + (1 - accuracy) * random.between(-1.5, 1));
    const neighbour = (index + 1 + random.below(2)) % labels.length;
    return Array.from({ length: perClass }, (_, i): LabelledPrediction => {
      const right = random.next() < own;
      const answer = right ? index : random.next() < 0.6 ? neighbour : random.below(labels.length);
      return {
        path: path(label, i + 1),
        label: index,
        probabilities: probabilities(labels.length, answer, right, accuracy, random),
      };
    });
  });
  return {
    title,
    trainableParameters,
    seconds: title.startsWith('VGG') ? 96.4 : 38.7,
    history: history(accuracy, labels.length, random),
    test: measure(predictions, labels),
    predictions,
  };
}

function probabilities(
  classes: number,
  answer: number,
  right: boolean,
  accuracy: number,
  random: Random,
): number[] {
  const sure = 1.2 + 6 * accuracy + (right ? 2.5 : 0);
  const powers = Array.from({ length: classes }, () => Math.exp(1.1 * random.normal()));
  powers[answer] = Math.max(...powers) * Math.exp(Math.abs(sure * random.between(0.15, 1)));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}

function history(accuracy: number, classes: number, random: Random): EpochRecord[] {
  const start = Math.log(classes);
  const end = -Math.log(Math.max(accuracy, 0.2));
  return Array.from({ length: 40 }, (_, i) => {
    const falling = Math.exp(-i / 7);
    const share = 1 / classes + (accuracy - 1 / classes) * (1 - falling);
    return {
      epoch: i + 1,
      loss: 0.7 * end + (start - 0.7 * end) * falling,
      accuracy: Math.min(1, share * 1.03 + 0.003 * random.normal()),
      validationLoss: end + (start - end) * falling + 0.002 * i + 0.01 * random.normal(),
      validationAccuracy: Math.min(1, share + 0.008 * random.normal()),
      learningRate: 0.0005 * (1 + Math.cos((Math.PI * i) / 40)),
      seconds: 0.1,
    };
  });
}
