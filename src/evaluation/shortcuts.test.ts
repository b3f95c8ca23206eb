import { describe, expect, it } from 'vitest';
import { Random } from '../runtime/random.js';
import { testFacts } from './shortcuts.js';

const random = new Random(3);
const labels = Array.from({ length: 200 }, (_, i) => (i < 120 ? 0 : 1));

describe('facts that tell the classes by themselves', () => {
  const facts = {
    'file type': labels.map((label) => (random.next() < 0.9 ? ['jpeg', 'png'][label]! : 'jpeg')),
    brightness: labels.map((label) => [100 + 60 * label + 20 * random.normal()]),
    size: labels.map(() => [random.normal(), random.normal()]),
    constant: labels.map(() => [1]),
  };
  const tests = Object.fromEntries(testFacts(facts, labels, 2).map((test) => [test.fact, test]));

  it('finds a word and a number that do', () => {
    expect(tests['file type']).toMatchObject({ tells: true, majority: 0.6 });
    expect(tests['file type']!.accuracy).toBeGreaterThan(0.9);
    expect(tests['brightness']!.tells).toBe(true);
    expect(tests['brightness']!.accuracy).toBeGreaterThan(0.85);
    const [low, high] = tests['brightness']!.ci95;
    expect(low).toBeLessThan(tests['brightness']!.accuracy);
    expect(high).toBeGreaterThan(tests['brightness']!.accuracy);
  });

  it('leaves alone what tells nothing', () => {
    expect(tests['size']!.tells).toBe(false);
    expect(tests['constant']).toBeUndefined();
  });

  it('does not take copies for proof', () => {
    // twenty pictures, ten copies each: a copy in another fold would make every number a name
    const own = Array.from({ length: 20 }, () => [random.next()]);
    const copied = labels.map((_, i) => own[i % 20]!);
    const mixed = labels.map((_, i) => (i % 20 < 10 ? 0 : 1));
    const groups = labels.map((_, i) => String(i % 20));
    const [test] = testFacts({ number: copied }, mixed, 2, groups);
    expect(test!.tells).toBe(false);
  });
});
