import { describe, expect, it } from 'vitest';
import type { Picture } from '../pictures.js';
import { copyGroups, type CopyPair } from './copy-groups.js';
import { copiesToDrop } from './dedupe.js';

const picture = (path: string, label = 0): Picture => ({ path, file: path, label, digest: path });
const pair = (one: Picture, other: Picture): CopyPair => ({ one, other, kind: 'cropped' });
const facts = new Map([['train/large', { width: 9, height: 9, bytes: 1, format: 'jpeg' }]]);

describe('which copies are left out', () => {
  const [a, b, large] = [picture('train/a'), picture('train/b'), picture('train/large')];
  const [c, d] = [picture('val/c'), picture('test/d')];
  const split = {
    train: [a, b, large],
    validation: [c],
    test: [d],
    heldOut: 'test' as const,
    how: '',
    warnings: [],
  };
  const drop = (...pairs: CopyPair[]) =>
    copiesToDrop(split, copyGroups([a, b, large, c, d], pairs), facts).map(({ path }) => path);

  it('the held-out one stays, and copies of copies are copies', () => {
    expect(drop(pair(a, b), pair(b, d))).toEqual(['train/a', 'train/b']);
    expect(drop(pair(a, c))).toEqual(['train/a']);
  });

  it('of several the largest stays', () => {
    expect(drop(pair(a, large), pair(b, large))).toEqual(['train/a', 'train/b']);
  });

  it('nothing stays in training that has two labels', () => {
    const other = { ...b, label: 1 };
    const groups = copyGroups([a, other], [pair(a, other)]);
    expect(copiesToDrop({ ...split, train: [a, other] }, groups, facts)).toEqual([
      { path: 'train/a' },
      { path: 'train/b' },
    ]);
  });
});
