/** What lies picture after picture in one array, taken apart. */

/** A row of numbers for each picture. */
export function rowsOf(values: Float32Array, count: number): number[][] {
  const width = values.length / count;
  return Array.from({ length: count }, (_, i) => [...values.subarray(i * width, (i + 1) * width)]);
}

export function picturesOf<Values extends Float32Array | Uint8Array>(
  values: Values,
  count: number,
): Values[] {
  const size = values.length / count;
  return Array.from({ length: count }, (_, i) => values.subarray(i * size, (i + 1) * size) as Values);
}

/** Pictures that go through a network at once. */
const mostAtOnce = 16;

/** Of each picture what `ask` gives for a few of them: as many at once as evenly fill batches that are not too large. */
export function inBatches<T>(
  pixels: Uint8Array,
  count: number,
  ask: (pixels: Uint8Array, count: number) => readonly T[],
): T[] {
  const size = pixels.length / count;
  const most = Math.ceil(count / Math.ceil(count / mostAtOnce));
  const found: T[] = [];
  for (let start = 0; start < count; start += most) {
    const some = Math.min(most, count - start);
    found.push(...ask(pixels.subarray(start * size, (start + some) * size), some));
  }
  return found;
}
