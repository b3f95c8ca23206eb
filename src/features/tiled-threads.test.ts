/** Layers of ours over more threads than the machine may have processors, which are as many as TensorFlow is told. */
import { describe, expect, it } from 'vitest';

process.env['TF_NUM_INTRAOP_THREADS'] = '5';
const { hasTiledLayers } = await import('./tile-program.js');
const { expectSameBits, small } = await import('../../test/helpers/tiled.js');

describe.skipIf(!hasTiledLayers())('five threads', () => {
  it.each([1, 4, 5, 13])('compute %i pictures as one does', (count) => {
    const network = small(22, 19, (net) => {
      const options = { kernel: 3, padding: 'same', activation: 'relu', bias: true } as const;
      let x = net.convolution('input', 'one', { ...options, filters: 8 });
      x = net.convolution(x, 'two', { ...options, filters: 256 });
      x = net.maxPool(x, 'pool', { kernel: 2, stride: 2 });
      x = net.convolution(x, 'three', { ...options, filters: 288 });
      net.convolution(x, 'four', { ...options, filters: 32 });
    });
    expect(expectSameBits(network, [count])).toBe(5);
  });
});
