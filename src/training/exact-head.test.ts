import { expect, test } from 'vitest';
import { toParameters } from '../models/parameters.js';
import { examplesInMemory, type Examples, selectExamples } from '../features/examples.js';
import { forward } from '../models/forward.js';
import { resolveOptions } from '../runs/options.js';
import type { Hooks } from '../runtime/progress.js';
import { Random } from '../runtime/random.js';
import { tf } from '../runtime/tensorflow.js';
import { fitExactHead, fitsExactSolver, HeadCandidates } from './exact-head.js';

const [features, classes] = [12, 3];

/** Non-negative features, as ReLU leaves them: each class has some of its own that are larger. */
function examples(size: number, seed: number): Examples {
  const random = new Random(seed);
  const labels = Array.from({ length: size }, (_, i) => i % classes);
  const values = Float32Array.from({ length: size * features }, (_, i) => {
    const own = (i % features) % classes === labels[Math.floor(i / features)];
    return Math.abs(random.normal()) + (own ? 1 : 0);
  });
  return examplesInMemory(values, [features], labels);
}

const data = { train: examples(60, 1), validation: examples(15, 2), test: examples(90, 3), classes };
const context = (hooks: Hooks = {}) => ({ random: new Random(7), checkpointFolder: '', hooks });
const options = (more = {}) => resolveOptions({ data: '.', ...more });
const share = (rows: readonly (readonly number[])[], labels: readonly number[]) =>
  rows.filter((row, i) => row.indexOf(Math.max(...row)) === labels[i]).length / labels.length;

test('the classifier says what the held-out probabilities say, and keeps no tensors', async () => {
  const before = tf.memory().numTensors;
  const trained = await fitExactHead(data, options(), context());
  expect(share(trained.testProbabilities, data.test.labels)).toBeGreaterThan(0.85);
  const { network, weights } = trained.classifier;
  const parameters = toParameters(weights);
  const logits = tf.tidy(() =>
    forward(network, parameters, tf.tensor2d(data.test.read([...data.test.labels.keys()]), [90, features])),
  );
  const rows = tf.tidy(() => tf.softmax(tf.div(logits, trained.temperature)).arraySync()) as number[][];
  for (const [i, row] of rows.entries()) {
    for (const [k, value] of row.entries()) expect(value).toBeCloseTo(trained.testProbabilities[i]![k]!, 4);
  }
  tf.dispose([logits, ...parameters.values()]);
  expect(tf.memory().numTensors).toBe(before);
});

test('cross-validation judges every picture that is not held out, and the same comes out again', async () => {
  const [one, again] = [
    await fitExactHead(data, options(), context()),
    await fitExactHead(data, options(), context()),
  ];
  expect(one.folds).toBe(5);
  expect(one.validationRight).toHaveLength(75);
  expect(again.testProbabilities).toEqual(one.testProbabilities);
  expect(again.weightDecay).toBe(one.weightDecay);
});

test('with unfrozen layers to come, the first head has not seen the validation pictures', async () => {
  const { classifier, measuredClassifier } = await fitExactHead(data, options({ unfreeze: 'x' }), context());
  expect(measuredClassifier.weights.get('logits/kernel')).not.toEqual(
    classifier.weights.get('logits/kernel'),
  );
});

/** 40 + 40 + 1 pictures: the fold that holds the one is judged by a fit to two classes. */
function oneOfItsClass() {
  const random = new Random(4);
  const labels = Array.from({ length: 81 }, (_, i) => (i === 80 ? 2 : i % 2));
  const values = Float32Array.from({ length: 81 * features }, (_, i) => {
    const own = (i % features) % classes === labels[Math.floor(i / features)];
    return random.normal() + (own ? 1 : 0);
  });
  const all = examplesInMemory(values, [features], labels);
  const none = selectExamples(all, []);
  return { train: all, validation: none, test: none, classes };
}

test.each([
  ['each class in every fold', data],
  ['a class missing from a fold', oneOfItsClass()],
])('auto chooses the same whether settings are chosen once or again: %s', async (_, given) => {
  const before = tf.memory().numTensors;
  const once = new HeadCandidates(given, new Random(7));
  const again = new HeadCandidates(given, new Random(7), { choosesAgain: true });
  const asked = options({ weightDecay: 0.1 });
  await again.choose(asked, {});
  const [one, other] = [await once.choose(options(), {}), await again.choose(options(), {})];
  expect(other.result.tried).toEqual(one.result.tried);
  expect(other.result.strength).toBe(one.result.strength);
  expect(other.path).toBeUndefined();
  // of one strength both fits come to the same answers
  const [usual, onPath] = [await once.choose(asked, {}), await again.choose(asked, {})];
  expect(onPath.path).toBeDefined();
  const answers = ({ result }: typeof usual) => result.outOfFold.map((row) => row.indexOf(Math.max(...row)));
  const same = answers(usual).filter((answer, i) => answer === answers(onPath)[i]).length;
  expect(same / usual.result.outOfFold.length).toBeGreaterThan(0.98);
  once.dispose();
  again.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

/** Half of the features tell the classes apart, the others are loud noise. */
function halfNoise(size: number, seed: number): Examples {
  const random = new Random(seed);
  const labels = Array.from({ length: size }, (_, i) => i % classes);
  const values = labels.flatMap((label) =>
    Array.from({ length: features }, (_, i) =>
      i < 6 ? random.normal() + (i % classes === label ? 2 : 0) : 4 * random.normal(),
    ),
  );
  return examplesInMemory(Float32Array.from(values), [features], labels);
}

const telling = { train: halfNoise(90, 1), validation: halfNoise(30, 2), test: halfNoise(90, 3), classes };
const half = { pool: 'average', size: 6, weight: 1 } as const;

test.each([
  ['left out where it is noise', ['told', 'noise'], 'noise', ['told']],
  ['read where it tells the classes apart', ['told', 'noise'], 'told', ['told', 'noise']],
])('an optional part is %s', async (_, layers, optional, read) => {
  const parts = layers.map((layer) => ({ ...half, layer, optional: layer === optional }));
  const messages: string[] = [];
  const hooks: Hooks = {
    onProgress: (event) => {
      if (event.kind === 'note') messages.push(event.message);
    },
  };
  const trained = await fitExactHead({ ...telling, parts }, options(), context(hooks));
  expect(trained.parts?.map(({ layer }) => layer)).toEqual(read);
  expect(trained.classifier.network.layers[0]!.shape).toEqual([6 * read.length]);
  expect(share(trained.testProbabilities, telling.test.labels)).toBeGreaterThan(0.85);
  expect(messages.at(-1)).toMatch(/^The head reads \w+ \(average\).*Log loss .*: 0\.\d{3}; /);
});

test('stops when interrupted', async () => {
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(fitExactHead(data, options(), context({ signal }))).rejects.toMatchObject({
    name: 'Interrupted',
  });
});

test('too many features for memory are left to the steps', () => {
  expect(fitsExactSolver(20_000, 2048)).toBe(true);
  expect(fitsExactSolver(1_000_000, 512)).toBe(false);
});

test('what the exact solver would not heed is refused', () => {
  expect(() => options({ solver: 'exact', epochs: 3, momentum: 0.9 })).toThrow('epochs, momentum');
  expect(() => options({ head: 'mlp', solver: 'exact' })).toThrow('linear heads only');
  expect(options({ solver: 'exact', weightDecay: 0.1 }).solver).toBe('exact');
});

test('is the solver unless something is asked for that only steps heed', () => {
  expect(options().solver).toBe('exact');
  expect(options({ unfreeze: 'block5', augment: 'light,mixup', optimiser: 'sgd' }).solver).toBe('exact');
  expect(options({ unfreeze: 'block5', epochs: 3 }).solver).toBe('steps');
  expect(options({ weightDecay: 0.1, classWeights: 'balanced', baselineEpochs: 3 }).solver).toBe('exact');
  for (const more of [
    { epochs: 3 },
    { head: 'mlp' },
    { fromScratch: true },
    { augment: 'light,mixup' },
    { optimiser: 'sgd' },
  ] as const) {
    expect(options(more).solver).toBe('steps');
  }
});

test('what nothing would heed is refused, and what does not go together', () => {
  expect(() => options({ clipNorm: 1 })).toThrow('no --clip-norm without --unfreeze or --from-scratch');
  expect(() => options({ views: 2 })).toThrow('no --views without --augment');
  expect(() => options({ fromScratch: true, unfreeze: 'block5' })).toThrow('received both');
  expect(() => options({ fromScratch: true, weights: 'x.h5' })).toThrow('no --weights with --from-scratch');
  expect(() => options({ head: 'prototypes', epochs: 3 })).toThrow('no epochs with --head prototypes');
});
