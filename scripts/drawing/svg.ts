import type { Random } from '../../src/runtime/random.js';

/** A drawing in progress: where its random choices come from, and the gradients, clips and filters it uses. */
export interface Sketch {
  readonly random: Random;
  readonly definitions: string[];
}

/** A point of an outline. The curve is smooth there, unless the point is marked as a corner. */
export type Knot = readonly [x: number, y: number, kind?: 'corner'];

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** SVG text with every number rounded to two decimals, so that a scene is short and the same everywhere. */
export function svg(parts: TemplateStringsArray, ...values: (string | number)[]): string {
  return parts.reduce((text, part, i) => {
    const value = values[i - 1];
    return text + (typeof value === 'number' ? String(Math.round(value * 100) / 100 + 0) : value) + part;
  });
}

/** Adds a definition and returns the reference to it. `markup` receives the identifier to use. */
export function define(sketch: Sketch, markup: (id: string) => string): string {
  const id = `d${sketch.definitions.length}`;
  sketch.definitions.push(markup(id));
  return `url(#${id})`;
}

/** One of `items`, all equally likely. */
export function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.below(items.length)]!;
}

/** One of `items`, each as likely as its weight says. */
export function pickWeighted<T>(random: Random, items: readonly (readonly [weight: number, item: T])[]): T {
  let left = random.next() * items.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, item] of items) {
    left -= weight;
    if (left < 0) return item;
  }
  return items.at(-1)![1];
}

export function chance(random: Random, probability: number): boolean {
  return random.next() < probability;
}

type Segment = readonly [from: Knot, control1: Knot, control2: Knot, to: Knot];

/** The cubic Bézier segments of the Catmull–Rom spline through `knots`. */
function segments(knots: readonly Knot[], closed: boolean): Segment[] {
  const at = (i: number) =>
    knots[closed ? (i + knots.length) % knots.length : Math.min(Math.max(i, 0), knots.length - 1)]!;
  const slope = (i: number): readonly [number, number] => {
    if (at(i)[2] === 'corner') return [0, 0];
    const [before, after] = [at(i - 1), at(i + 1)];
    return [(after[0] - before[0]) / 6, (after[1] - before[1]) / 6];
  };
  return Array.from({ length: closed ? knots.length : knots.length - 1 }, (_, i): Segment => {
    const [from, to, out, into] = [at(i), at(i + 1), slope(i), slope(i + 1)];
    return [from, [from[0] + out[0], from[1] + out[1]], [to[0] - into[0], to[1] - into[1]], to];
  });
}

function pathData(knots: readonly Knot[], closed: boolean): string {
  const [first] = knots;
  const start = svg`M${first![0]} ${first![1]}`;
  return segments(knots, closed).reduce(
    (path, [, a, b, to]) => path + svg`C${a[0]} ${a[1]} ${b[0]} ${b[1]} ${to[0]} ${to[1]}`,
    start,
  );
}

/** Path data of the closed smooth curve through `knots`. */
export function closedCurve(knots: readonly Knot[]): string {
  return `${pathData(knots, true)}Z`;
}

/** Path data of the open smooth curve through `knots`. */
export function openCurve(knots: readonly Knot[]): string {
  return pathData(knots, false);
}

/** Points along the closed curve through `knots`, `perSegment` for each pair of neighbouring knots. */
export function along(knots: readonly Knot[], perSegment: number): (readonly [number, number])[] {
  return segments(knots, true).flatMap(([p, a, b, q]) =>
    Array.from({ length: perSegment }, (_, i) => {
      const t = i / perSegment;
      const u = 1 - t;
      const point = (axis: 0 | 1) =>
        u ** 3 * p[axis] + 3 * u * u * t * a[axis] + 3 * u * t * t * b[axis] + t ** 3 * q[axis];
      return [point(0), point(1)] as const;
    }),
  );
}

/** A symmetrical outline from its right half, given from top to bottom; both ends lie on the axis x = 0. */
export function mirrored(rightHalf: readonly Knot[]): Knot[] {
  return [...rightHalf, ...flipped(rightHalf.slice(1, -1))];
}

/** The outline seen in a mirror at x = 0, still running the same way round. */
export function flipped(knots: readonly Knot[]): Knot[] {
  return knots.map(([x, y, kind]): Knot => (kind ? [-x, y, kind] : [-x, y])).reverse();
}

/** The outline scaled about the origin, turned by `degrees`, then moved to (x, y). */
export function placed(
  knots: readonly Knot[],
  { x = 0, y = 0, scaleX = 1, scaleY = 1, degrees = 0 },
): Knot[] {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return knots.map(([px, py, kind]): Knot => {
    const [sx, sy] = [px * scaleX, py * scaleY];
    const [tx, ty] = [x + sx * cos - sy * sin, y + sx * sin + sy * cos];
    return kind ? [tx, ty, kind] : [tx, ty];
  });
}

/** A round outline with uneven edges: patches, stones, bushes. */
export function blob(random: Random, x: number, y: number, width: number, height: number): Knot[] {
  const turn = random.between(0, Math.PI);
  return Array.from({ length: 8 }, (_, i): Knot => {
    const angle = turn + (i * Math.PI) / 4;
    const reach = random.between(0.75, 1.2);
    return [x + (Math.cos(angle) * width * reach) / 2, y + (Math.sin(angle) * height * reach) / 2];
  });
}

export function bounds(knots: readonly Knot[]): Box {
  const [xs, ys] = [knots.map(([x]) => x), knots.map(([, y]) => y)];
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}
