/** Pixels of eight bits, [height, width, channels] in row-major order. */
export interface Raster {
  readonly pixels: Uint8Array;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** A window of the enlarged picture, in its pixels; may begin between two. */
export interface Window {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * A window of a picture enlarged to `whole`, linearly between the centres of its pixels and with the border's values
 * beyond them: what Pillow's BILINEAR, torchvision and TensorFlow's half-pixel centres give where they enlarge.
 * A side that `whole` leaves as it is comes through unchanged.
 *
 * @param picture where `source` begins in the picture that is enlarged, in its pixels, and that picture's size; the
 *   source itself unless told.
 */
export function enlarge(
  source: Raster,
  whole: { readonly height: number; readonly width: number },
  window: Window = { left: 0, top: 0, ...whole },
  picture: Window = { left: 0, top: 0, height: source.height, width: source.width },
): Uint8Array {
  const { pixels, channels } = source;
  const columns = steps(window.width, window.left, picture.width / whole.width, picture.left, source.width);
  const rows = steps(window.height, window.top, picture.height / whole.height, picture.top, source.height);
  const length = window.width * channels;
  const unmoved =
    source.width === window.width && columns.share.every((along, x) => along === 0 && columns.first[x] === x);
  const widened = channels === 3 ? stretchColours : stretch;
  const result = new Uint8Array(window.height * length);
  let above: Line = { row: -1, values: new Float64Array(length) };
  let below: Line = { row: -1, values: new Float64Array(length) };
  const widen = (line: Line, row: number) => {
    if (line.row === row) return;
    line.row = row;
    if (unmoved) line.values.set(pixels.subarray(row * length, (row + 1) * length));
    else widened(source, row, columns, line.values);
  };
  for (let y = 0; y < window.height; y++) {
    const upper = rows.first[y]!;
    const down = rows.share[y]!;
    if (down === 0) {
      if (unmoved) result.set(pixels.subarray(upper * length, (upper + 1) * length), y * length);
      else widened(source, upper, columns, result, y * length, 0.5);
      continue;
    }
    if (below.row === upper) [above, below] = [below, above]; // most rows lie between the same two as the one before
    widen(above, upper);
    widen(below, rows.second[y]!);
    blend(above.values, below.values, down, result, y * length);
  }
  return result;
}

/** A row of the source as wide as the window, not yet rounded. */
interface Line {
  row: number;
  readonly values: Float64Array;
}

/** A row of the source, between whose pixels the columns lie, plus `half`, into `out` from `next` on. */
function stretch(
  { pixels, width, channels }: Raster,
  row: number,
  { first, second, share }: Steps,
  out: Float64Array | Uint8Array,
  next = 0,
  half = 0,
): void {
  const start = row * width;
  for (let x = 0; x < first.length; x++) {
    const left = (start + first[x]!) * channels;
    const right = (start + second[x]!) * channels;
    for (let c = 0; c < channels; c++) {
      const value = pixels[left + c]!;
      out[next++] = value + (pixels[right + c]! - value) * share[x]! + half;
    }
  }
}

/** The same of three channels, without a loop over them. */
function stretchColours(
  { pixels, width }: Raster,
  row: number,
  { first, second, share }: Steps,
  out: Float64Array | Uint8Array,
  next = 0,
  half = 0,
): void {
  const start = row * width;
  for (let x = 0; x < first.length; x++) {
    const left = (start + first[x]!) * 3;
    const right = (start + second[x]!) * 3;
    const along = share[x]!;
    const red = pixels[left]!;
    const green = pixels[left + 1]!;
    const blue = pixels[left + 2]!;
    out[next] = red + (pixels[right]! - red) * along + half;
    out[next + 1] = green + (pixels[right + 1]! - green) * along + half;
    out[next + 2] = blue + (pixels[right + 2]! - blue) * along + half;
    next += 3;
  }
}

/** What lies between two rows, rounded, into `out` from `start` on: four values at a time. */
function blend(above: Float64Array, below: Float64Array, down: number, out: Uint8Array, start: number): void {
  const { length } = above;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    const at = start + i;
    const p = above[i]!;
    const q = above[i + 1]!;
    const r = above[i + 2]!;
    const s = above[i + 3]!;
    out[at] = p + (below[i]! - p) * down + 0.5;
    out[at + 1] = q + (below[i + 1]! - q) * down + 0.5;
    out[at + 2] = r + (below[i + 2]! - r) * down + 0.5;
    out[at + 3] = s + (below[i + 3]! - s) * down + 0.5;
  }
  for (; i < length; i++) out[start + i] = above[i]! + (below[i]! - above[i]!) * down + 0.5;
}

interface Steps {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly share: Float64Array;
}

/** For each pixel of a side: the two that it lies between, and how far it is from the first to the second. */
function steps(count: number, start: number, scale: number, offset: number, size: number): Steps {
  const first = new Int32Array(count);
  const second = new Int32Array(count);
  const share = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const at = Math.min(size - 1, Math.max(0, (start + i + 0.5) * scale - 0.5 - offset));
    first[i] = Math.floor(at);
    second[i] = Math.min(size - 1, first[i]! + 1);
    share[i] = at - first[i]!;
  }
  return { first, second, share };
}
