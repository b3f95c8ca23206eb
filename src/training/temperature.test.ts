import { expect, it } from 'vitest';
import { NetworkBuilder } from '../models/network-builder.js';
import { forward } from '../models/forward.js';
import { Random } from '../runtime/random.js';
import { tf } from '../runtime/tensorflow.js';
import { initialWeights } from './initialise.js';
import { dividedBy, fitTemperature, withTemperature } from './temperature.js';

/** Examples whose labels are drawn from `truth` with its logits divided by `temperature`. */
function examples(count: number, temperature: number) {
  const random = new Random(11);
  const rows = Array.from({ length: count }, () => {
    const logits = [random.normal(), random.normal(), random.normal()];
    const sum = logits.reduce((total, value) => total + Math.exp(value), 0);
    return logits.map((value) => Math.exp(value) / sum);
  });
  const labels = rows.map((row) => {
    const [first, second] = withTemperature(row, temperature);
    const draw = random.next();
    return draw < first! ? 0 : draw < first! + second! ? 1 : 2;
  });
  return { rows, labels };
}

it.each([0.4, 1, 2.5])('finds the temperature %d that the labels were drawn with', (temperature) => {
  const { rows, labels } = examples(4000, temperature);
  expect(Math.log(fitTemperature(rows, labels))).toBeCloseTo(Math.log(temperature), 1);
});

it('hardly moves for a few examples that are all right', () => {
  const temperature = fitTemperature(
    [
      [0.9, 0.1],
      [0.2, 0.8],
      [0.7, 0.3],
    ],
    [0, 1, 0],
  );
  expect(temperature).toBeGreaterThan(0.6);
  expect(temperature).toBeLessThan(1);
});

it('changes no answer, and leaves probabilities as they are at 1', () => {
  expect(withTemperature([0.2, 0.5, 0.3], 1)).toEqual([0.2, 0.5, 0.3].map((p) => expect.closeTo(p, 12)));
  expect(withTemperature([1, 0], 0.1)).toEqual([1, 0]);
  const [a, b, c] = withTemperature([0.2, 0.5, 0.3], 0.5);
  expect(b).toBeGreaterThan(0.5);
  expect(b! > c! && c! > a!).toBe(true);
});

it("divides the network's logits", () => {
  const net = new NetworkBuilder('classifier', [2]);
  net.dense(net.dense('input', 'hidden', { units: 3, activation: 'relu' }), 'logits', { units: 2 });
  const network = net.build();
  const weights = initialWeights(network, new Random(1));
  const logits = ({ weights: of }: { weights: typeof weights }) =>
    tf.tidy(() => {
      const parameters = new Map([...of].map(([name, t]) => [name, tf.tensor(t.data, [...t.shape])]));
      return Array.from(forward(network, parameters, tf.tensor2d([[1, 2]])).dataSync());
    });
  const [before, after] = [logits({ weights }), logits(dividedBy(0.5, { network, weights }))];
  expect(after).toEqual(before.map((value) => expect.closeTo(2 * value, 5)));
});
