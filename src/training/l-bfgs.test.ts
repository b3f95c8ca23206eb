import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { minimise } from './l-bfgs.js';

/** Rosenbrock's valley, whose floor bends: 100 (y − x²)² + (1 − x)². */
function rosenbrock([x, y]: Float64Array) {
  const [a, b] = [y! - x! ** 2, 1 - x!];
  return { value: 100 * a ** 2 + b ** 2, gradient: Float64Array.of(-400 * a * x! - 2 * b, 200 * a) };
}

describe('L-BFGS', () => {
  test("finds the end of Rosenbrock's valley", async () => {
    const found = await minimise(rosenbrock, Float64Array.of(-1.2, 1), { tolerance: 1e-8 });
    expect(found.converged).toBe(true);
    expect(found.point[0]).toBeCloseTo(1, 7);
    expect(found.point[1]).toBeCloseTo(1, 7);
    expect(found.evaluations).toBeLessThan(80);
  });

  test('solves ill-conditioned bowls', async () => {
    const curvatures = fc.array(fc.double({ min: 1e-2, max: 1e2, noNaN: true }), {
      minLength: 1,
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(curvatures, async (widths) => {
        const bowl = (x: Float64Array) => ({
          value: widths.reduce((sum, c, i) => sum + (c * (x[i]! - i) ** 2) / 2, 0),
          gradient: Float64Array.from(widths, (c, i) => c * (x[i]! - i)),
        });
        const { point, converged } = await minimise(bowl, new Float64Array(widths.length), {
          tolerance: 1e-6,
        });
        expect(converged).toBe(true);
        for (const [i, value] of point.entries()) expect(value).toBeCloseTo(i, 3);
      }),
      { numRuns: 50 },
    );
  });

  test('where the value is rounded a step that changes nothing worthwhile ends the search', async () => {
    let evaluations = 0;
    const rounded = (x: Float64Array) => {
      evaluations++;
      const value = x.reduce((sum, v, i) => sum + (v - i) ** 2, 1);
      return { value: Math.fround(value), gradient: x.map((v, i) => 2 * (v - i) + 1e-3 * Math.sin(1e6 * v)) };
    };
    const { point } = await minimise(rounded, new Float64Array(8), { tolerance: 1e-9, worthwhile: 1e-7 });
    for (const [i, value] of point.entries()) expect(value).toBeCloseTo(i, 2);
    expect(evaluations).toBeLessThan(12);
  });

  test('a step that lands at the same height on the other side is no end', async () => {
    const bowl = (x: Float64Array) => ({
      value: x.reduce((sum, v) => sum + v * v, 1),
      gradient: x.map((v) => 2 * v),
    });
    const ends = { tolerance: 1e-4, worthwhile: 3e-6 };
    const { point, converged } = await minimise(bowl, Float64Array.of(0.4, -0.1), ends);
    expect(converged).toBe(true);
    for (const value of point) expect(value).toBeCloseTo(0, 3);
  });

  test('gives the same bits again, and says when it was stopped', async () => {
    const run = (maximumEvaluations: number) =>
      minimise(rosenbrock, Float64Array.of(-1.2, 1), { tolerance: 1e-8, maximumEvaluations });
    expect(await run(500)).toEqual(await run(500));
    expect((await run(5)).converged).toBe(false);
  });
});
