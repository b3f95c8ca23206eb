/** A function's value at a point, and its gradient there. */
export interface Evaluation {
  readonly value: number;
  readonly gradient: Float64Array;
}

export interface Minimum extends Evaluation {
  readonly point: Float64Array;
  readonly evaluations: number;
  /** Whether the gradient has become as small, or the steps as little worthwhile, as was asked for. */
  readonly converged: boolean;
}

export interface LbfgsOptions {
  /** The largest component of the gradient that counts as none. */
  readonly tolerance: number;
  /** The share of the value by which a step must lower it to be worth another; 0 unless told. */
  readonly worthwhile?: number;
  readonly maximumEvaluations?: number;
  /** Pairs of steps and gradient changes that are remembered. */
  readonly memory?: number;
}

/** Armijo's and Wolfe's constants (Nocedal & Wright 2006, section 3.1). */
const [sufficientDecrease, curvature] = [1e-4, 0.9];

/**
 * Minimises a smooth function with limited-memory BFGS (Nocedal & Wright 2006, algorithms 7.4 and 7.5), each step found
 * by bisection under the weak Wolfe conditions. The same start and function give the same bits.
 *
 * @param evaluate may wait between evaluations; what it throws ends the search.
 */
export async function minimise(
  evaluate: (point: Float64Array) => Evaluation | Promise<Evaluation>,
  start: Float64Array,
  { tolerance, worthwhile = 0, maximumEvaluations = 500, memory = 10 }: LbfgsOptions,
): Promise<Minimum> {
  let point = start;
  let { value, gradient } = await evaluate(point);
  let evaluations = 1;
  const pairs: { step: Float64Array; change: Float64Array; scale: number }[] = [];
  while (evaluations < maximumEvaluations) {
    if (largest(gradient) <= tolerance) return { point, value, gradient, evaluations, converged: true };
    const direction = descent(gradient, pairs);
    const slope = dot(direction, gradient);
    // without a memory the first direction has the gradient's length, which says nothing of how far to go
    let length = pairs.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1;
    let [low, high] = [0, Infinity];
    let next: { point: Float64Array } & Evaluation = { point, value, gradient };
    for (;;) {
      const tried = moved(point, direction, length);
      next = { point: tried, ...(await evaluate(tried)) };
      evaluations++;
      if (!(next.value <= value + sufficientDecrease * length * slope)) high = length;
      else if (dot(next.gradient, direction) < curvature * slope) low = length;
      else break;
      // rounding leaves nothing to be gained, or nothing that is worth another evaluation
      if (high - low < 1e-10 * high || evaluations >= maximumEvaluations) break;
      const little = worthwhile * Math.abs(value);
      const isLittle = worthwhile > 0 && length === high && Math.abs(next.value - value) <= little;
      // a step that went too far may come out at the same height on the other side of much
      if (isLittle && mostGained(value, slope, length, next, direction) <= little) break;
      length = Number.isFinite(high) ? (low + high) / 2 : 2 * low;
    }
    if (!(next.value < value)) break;
    const step = difference(next.point, point);
    const change = difference(next.gradient, gradient);
    const product = dot(step, change);
    if (product > 0) pairs.push({ step, change, scale: 1 / product });
    if (pairs.length > memory) pairs.shift();
    const gained = value - next.value;
    ({ point, value, gradient } = next);
    if (gained <= worthwhile * Math.abs(value))
      return { point, value, gradient, evaluations, converged: true };
  }
  return { point, value, gradient, evaluations, converged: largest(gradient) <= tolerance };
}

/**
 * By how much a convex function can lie, between a point and one further along a direction, below its value at the first:
 * down to where the tangents at both meet.
 */
function mostGained(
  value: number,
  slope: number,
  length: number,
  next: Evaluation,
  direction: Float64Array,
): number {
  const there = dot(next.gradient, direction);
  const meet = there > slope ? (next.value - value - there * length) / (slope - there) : length;
  return -slope * Math.min(Math.max(meet, 0), length);
}

/** Minus the gradient times the remembered inverse Hessian: the two loops of algorithm 7.4. */
function descent(
  gradient: Float64Array,
  pairs: readonly { step: Float64Array; change: Float64Array; scale: number }[],
): Float64Array {
  const direction = new Float64Array(gradient.length);
  add(direction, gradient, -1);
  const shares: number[] = [];
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { step, change, scale } = pairs[i]!;
    shares[i] = scale * dot(step, direction);
    add(direction, change, -shares[i]!);
  }
  const last = pairs.at(-1);
  if (last) {
    const factor = 1 / (last.scale * dot(last.change, last.change));
    for (let i = 0; i < direction.length; i++) direction[i]! *= factor;
  }
  for (const [i, { step, change, scale }] of pairs.entries()) {
    add(direction, step, shares[i]! - scale * dot(change, direction));
  }
  return direction;
}

// loops instead of map: these take as long as the function that is minimised

function moved(point: Float64Array, direction: Float64Array, length: number): Float64Array {
  const to = new Float64Array(point.length);
  for (let i = 0; i < to.length; i++) to[i] = point[i]! + length * direction[i]!;
  return to;
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  const values = new Float64Array(a.length);
  for (let i = 0; i < values.length; i++) values[i] = a[i]! - b[i]!;
  return values;
}

function add(to: Float64Array, what: Float64Array, factor: number): void {
  for (let i = 0; i < to.length; i++) to[i]! += factor * what[i]!;
}

/** Four sums beside each other: a processor need not wait for one addition to begin the next. */
function dot(a: Float64Array, b: Float64Array): number {
  let [first, second, third, fourth] = [0, 0, 0, 0];
  const fours = a.length - (a.length % 4);
  for (let i = 0; i < fours; i += 4) {
    first += a[i]! * b[i]!;
    second += a[i + 1]! * b[i + 1]!;
    third += a[i + 2]! * b[i + 2]!;
    fourth += a[i + 3]! * b[i + 3]!;
  }
  for (let i = fours; i < a.length; i++) first += a[i]! * b[i]!;
  return first + second + (third + fourth);
}

function largest(values: Float64Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}
