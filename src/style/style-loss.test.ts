import { expect, test } from 'vitest';
import { networkWeights } from '../models/network-weights.js';
import { vgg } from '../models/vgg.js';
import { withPreprocessing } from '../models/compose.js';
import { caffeMean } from '../models/preprocessing.js';
import { Random } from '../runtime/random.js';
import { nativeBinding, tf } from '../runtime/tensorflow.js';
import { type PictureValues, StyleLoss } from './style-loss.js';
import { styleNetwork } from './style-network.js';
import { transfer } from './transfer.js';

const [height, width] = [32, 40];

/** VGG-16 with made-up weights that neither fade nor explode. */
const base = madeUp();

function madeUp() {
  const network = vgg('vgg16', { includeTop: false, inputShape: [height, width, 3] });
  const random = new Random(1);
  const weights = new Map(
    networkWeights(network).map(({ name, shape }) => {
      const inputs = shape.slice(0, -1).reduce((product, side) => product * side, 1);
      const scale = shape.length === 1 ? 0.01 : Math.sqrt(2 / inputs);
      const size = shape.reduce((product, side) => product * side, 1);
      return [
        name,
        { shape, data: Float32Array.from({ length: size }, () => scale * random.normal()) },
      ] as const;
    }),
  );
  return { ...withPreprocessing({ network, weights }, caffeMean), preprocessing: caffeMean };
}

function picture(seed: number): PictureValues {
  const random = new Random(seed);
  return {
    height,
    width,
    values: Float32Array.from({ length: height * width * 3 }, () => random.between(0, 255)),
  };
}

const by = { style: 3, smoothness: 2 };

test('the loss of the content itself is its style alone, and the gradient is its slope', () => {
  const [content, style] = [picture(1), picture(2)];
  const loss = new StyleLoss(styleNetwork(base, height, width, 'average'), content, style, by);
  try {
    const atContent = loss.evaluate(content);
    expect(atContent.content).toBe(0);
    expect(loss.evaluate(style).style).toBeLessThan(1e-6);
    const { values } = content;
    const rough = [0, 1].map((down) => {
      let [sum, count] = [0, 0];
      for (let y = 0; y < height - 1; y++) {
        for (let x = 0; x < width - 1; x++) {
          for (let c = 0; c < 3; c++) {
            const here = values[3 * (y * width + x) + c]!;
            const other = values[3 * ((y + down) * width + x + 1 - down) + c]!;
            sum += ((here - other) / 255) ** 2;
            count++;
          }
        }
      }
      return sum / count;
    });
    expect(atContent.roughness).toBeCloseTo(rough[0]! + rough[1]!, 4);
    expect(atContent.loss).toBeCloseTo(3 * atContent.style + 2 * atContent.roughness, 4);

    const start = picture(3);
    const { loss: before, gradient } = loss.evaluate(start);
    const squares = gradient.reduce((sum, slope) => sum + slope * slope, 0);
    const step = 0.002 / squares; // lowers the loss by about 0.002
    const moved = (direction: number) =>
      loss.evaluate({
        ...start,
        values: start.values.map((value, i) => value + direction * step * gradient[i]!),
      }).loss;
    expect((moved(1) - moved(-1)) / 0.004).toBeCloseTo(1, 1);
    expect(before).toBeGreaterThan(0);
  } finally {
    loss.dispose();
  }
});

test.each(['l-bfgs', 'adam'] as const)(
  '%s lowers the loss, and the same start gives the same picture',
  async (optimiser) => {
    const loss = new StyleLoss(styleNetwork(base, height, width, 'max'), picture(1), picture(2), by);
    try {
      const results = [];
      for (let i = 0; i < 2; i++) results.push(await transfer(loss, picture(1), { optimiser, steps: 12 }));
      const [first, second] = results.map(({ picture: { values } }) => values);
      expect(first).toEqual(second);
      const { history } = results[0]!;
      expect(history).toHaveLength(12);
      expect(Math.min(...history.map((step) => step.loss))).toBeLessThan(0.9 * history[0]!.loss);
    } finally {
      loss.dispose();
    }
  },
);

test('stopped on the way, the best so far is kept; before the first step there is nothing', async () => {
  const loss = new StyleLoss(styleNetwork(base, height, width, 'average'), picture(1), picture(2), by);
  try {
    const stop = new AbortController();
    const options = { optimiser: 'l-bfgs', steps: 50, signal: stop.signal } as const;
    const onStep = ({ step }: { step: number }) => {
      if (step === 4) stop.abort(new Error('enough'));
    };
    const { interrupted, history, picture: best } = await transfer(loss, picture(1), { ...options, onStep });
    expect([interrupted, history.length]).toEqual([true, 4]);
    expect(loss.evaluate(best).loss).toBeCloseTo(Math.min(...history.map((step) => step.loss)), 5);
    await expect(transfer(loss, picture(1), options)).rejects.toThrow('enough');
  } finally {
    loss.dispose();
  }
});

test('a disposed loss leaves no tensors', async () => {
  const once = async () => {
    const loss = new StyleLoss(styleNetwork(base, height, width, 'average'), picture(1), picture(2), by);
    await transfer(loss, picture(1), { optimiser: 'l-bfgs', steps: 3 });
    loss.dispose();
  };
  await once();
  const before = [
    tf.memory().numTensors,
    nativeBinding().getNumOfTensors(),
    nativeBinding().getNumOfSavedModels(),
  ];
  await once();
  expect([
    tf.memory().numTensors,
    nativeBinding().getNumOfTensors(),
    nativeBinding().getNumOfSavedModels(),
  ]).toEqual(before);
});
