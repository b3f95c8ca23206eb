import { describe, expect, test } from 'vitest';
import { NetworkBuilder } from '../models/network-builder.js';
import { transpose } from '../formats/kernel-layout.js';
import { fromChannelsFirstFlatten, rowsChannelsLast } from './channels-first.js';

const count = (...shape: number[]) => {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, data: Float32Array.from({ length: size }, (_, i) => i) };
};

test('rows of a dense kernel go from channel, row, column to row, column, channel', () => {
  // Two channels of a 1×2 map: rows c0x0, c0x1, c1x0, c1x1 become x0c0, x0c1, x1c0, x1c1.
  expect(rowsChannelsLast(count(4, 1), [1, 2, 2]).data).toEqual(Float32Array.of(0, 2, 1, 3));
});

test('a flattened map times its kernel is the same number in either order', () => {
  const [height, width, channels, units] = [2, 3, 4, 2];
  const channelsFirst = count(channels, height, width);
  const channelsLast = transpose(channelsFirst, [1, 2, 0]);
  const kernel = count(channels * height * width, units);
  const product = (inputs: Float32Array, { data }: { data: Float32Array }) =>
    Array.from({ length: units }, (_, unit) =>
      inputs.reduce((sum, value, row) => sum + value * data[row * units + unit]!, 0),
    );
  const reordered = rowsChannelsLast(kernel, [height, width, channels]);
  expect(product(channelsLast.data, reordered)).toEqual(product(channelsFirst.data, kernel));
});

describe('fromChannelsFirstFlatten', () => {
  const net = new NetworkBuilder('small', [1, 2, 2]);
  let x = net.flatten('input', 'flatten');
  x = net.dropout(x, 'dropout', 0.5);
  x = net.dense(x, 'first', { units: 4 });
  net.dense(x, 'second', { units: 1 });
  const network = net.build();

  test('reorders what reads a flattened map, through dropout, and nothing else', () => {
    const weights = new Map([
      ['first/kernel', count(4, 4)],
      ['second/kernel', count(4, 1)],
    ]);
    const reordered = fromChannelsFirstFlatten(network, weights);
    expect([...reordered.get('first/kernel')!.data.slice(4, 8)]).toEqual([8, 9, 10, 11]);
    expect(reordered.get('second/kernel')).toBe(weights.get('second/kernel'));
  });

  test('leaves a kernel of another size to the check that refuses it', () => {
    const weights = new Map([['first/kernel', count(3, 4)]]);
    expect(fromChannelsFirstFlatten(network, weights)).toEqual(weights);
  });
});
