import type { FeatureRows } from './feature-store.js';

/** Rows of several matrices side by side: [count, a], [count, b], … → [count, a + b + …]. */
export function joinRows(parts: readonly Float32Array[], count: number): Float32Array {
  const width = parts.reduce((sum, { length }) => sum + length / count, 0);
  const joined = new Float32Array(count * width);
  let offset = 0;
  for (const part of parts) {
    const own = part.length / count;
    for (let row = 0; row < count; row++) {
      joined.set(part.subarray(row * own, (row + 1) * own), row * width + offset);
    }
    offset += own;
  }
  return joined;
}

/** Means of two rows of values, one by one. */
export function meansOf(one: Float32Array, other: Float32Array): Float32Array {
  return one.map((value, i) => (value + other[i]!) / 2);
}

/** Means of what two stores have of a picture, such as of it and its mirror image. */
export function meanRows(one: FeatureRows, other: FeatureRows): FeatureRows {
  return {
    shape: one.shape,
    has: (name) => one.has(name) && other.has(name),
    read: (names) => meansOf(one.read(names), other.read(names)),
  };
}
