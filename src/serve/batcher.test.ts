import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Batcher, GivenUp, QueueFull } from './batcher.js';

/** A network that answers a batch when it is told to. */
function slowNetwork() {
  const batches: number[][] = [];
  const release: (() => void)[] = [];
  const run = (inputs: readonly number[]) => {
    batches.push([...inputs]);
    return new Promise<number[]>((resolve) => release.push(() => resolve(inputs.map((x) => 10 * x))));
  };
  return { batches, run, release: () => release.shift()!() };
}

const add = (batcher: Batcher<number, number>, input: number) => batcher.add(input, batcher.take()[0]!);

describe('batches', () => {
  test('what comes while one is under way gathers, at most 16, in order', async () => {
    const network = slowNetwork();
    const batcher = new Batcher(network.run, 100);
    const first = add(batcher, 0);
    const rest = Array.from({ length: 20 }, (_, i) => add(batcher, i + 1));
    expect(network.batches).toEqual([[0]]);
    network.release();
    expect(await first).toBe(0);
    expect(network.batches[1]).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));
    network.release();
    await rest[15];
    network.release();
    expect(await Promise.all(rest)).toEqual(Array.from({ length: 20 }, (_, i) => 10 * (i + 1)));
    expect(network.batches[2]).toEqual([17, 18, 19, 20]);
  });

  test('an idle network waits for those that are being decoded, but not for long', async () => {
    const network = slowNetwork();
    const batcher = new Batcher(network.run, 100);
    const [one, other, third] = batcher.take(3);
    void batcher.add(1, one!);
    expect(network.batches).toEqual([]);
    void batcher.add(2, other!);
    await expect.poll(() => network.batches).toEqual([[1, 2]]);
    third!.free();
    network.release();
  });

  test('a failure is of its batch alone', async () => {
    let calls = 0;
    const batcher = new Batcher(async (inputs: readonly number[]) => {
      if (calls++ === 0) throw new Error('out of memory');
      return inputs;
    }, 4);
    await expect(add(batcher, 1)).rejects.toThrow('out of memory');
    expect(await add(batcher, 2)).toBe(2);
    await batcher.idle();
    expect(batcher.taken).toBe(0);
  });
});

describe('the bounded queue', () => {
  test('refuses what has no place, all or none, and says when to come back', async () => {
    const network = slowNetwork();
    const batcher = new Batcher(network.run, 3);
    const places = batcher.take(2);
    expect(() => batcher.take(2)).toThrow(QueueFull);
    expect(() => batcher.expectPlace()).not.toThrow();
    expect(batcher.taken).toBe(2);
    try {
      batcher.take(2);
    } catch (error) {
      expect((error as QueueFull).retryAfter).toBeGreaterThanOrEqual(1);
    }
    places[0]!.free();
    places[0]!.free(); // twice is once
    expect(batcher.taken).toBe(1);
    batcher.take(2);
    expect(() => batcher.expectPlace()).toThrow(QueueFull);
  });

  test('where nobody waits, a whole batch may come at once, and no more', () => {
    const batcher = new Batcher(slowNetwork().run, 3);
    expect(() => batcher.take(17)).toThrow(QueueFull);
    expect(batcher.take(16)).toHaveLength(16);
    expect(() => batcher.take()).toThrow(QueueFull);
  });

  test('whose sender has gone gives its place up and does not go to the network', async () => {
    const network = slowNetwork();
    const batcher = new Batcher(network.run, 2);
    const first = add(batcher, 1);
    const places = batcher.take(2);
    const [gone, stays] = places.map((place, i) => batcher.add(i + 2, place));
    places[0]!.free();
    void batcher.take(); // there is room again
    network.release();
    await first;
    await expect(gone).rejects.toThrow(GivenUp);
    await expect.poll(() => network.batches).toEqual([[1], [3]]);
    network.release();
    expect(await stays).toBe(30);
  });

  test('what is under way takes no place', async () => {
    const network = slowNetwork();
    const batcher = new Batcher(network.run, 1);
    const first = add(batcher, 1);
    const second = add(batcher, 2);
    expect(() => batcher.take()).toThrow(QueueFull);
    network.release();
    await first;
    await wait(0);
    network.release();
    expect(await second).toBe(20);
  });
});
