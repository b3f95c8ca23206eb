import { describe, expect, test } from 'vitest';
import { closingAll } from './closing.js';

describe('closingAll', () => {
  const closable = (name: string, closed: string[], fails = false) => ({
    close: async () => {
      closed.push(name);
      if (fails) throw new Error(`${name} will not close`);
    },
  });

  test('closes the last opened first and returns what the job returns', async () => {
    const closed: string[] = [];
    const result = await closingAll(async (keep) => {
      keep(closable('a', closed));
      keep(closable('b', closed));
      expect(closed).toEqual([]);
      return 3;
    });
    expect({ result, closed }).toEqual({ result: 3, closed: ['b', 'a'] });
  });

  test('closes everything when the job fails, or a resource will not close; the first failure is told', async () => {
    const closed: string[] = [];
    const job = closingAll(async (keep) => {
      keep(closable('a', closed));
      keep(closable('b', closed, true));
      throw new Error('the job failed');
    });
    await expect(job).rejects.toThrow('the job failed');
    expect(closed).toEqual(['b', 'a']);
    await expect(closingAll(async (keep) => keep(closable('c', closed, true)))).rejects.toThrow(
      'c will not close',
    );
  });
});
