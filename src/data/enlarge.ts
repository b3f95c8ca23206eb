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
 * @param offset where `source` begins in the picture that is enlarged, in its pixels, and that picture's size; the
 *   source itself unless told.
 */
export function enlarge(
  source: Raster,
  whole: { readonly height: number; readonly width: number },
  window: Window = { left: 0, top: 0, ...whole },
  picture: Window = { left: 0, top: 0, height: source.height, width: source.width },
): Uint8Array {
  const { pixels, width, channels } = source;
  const columns = steps(window.width, window.left, picture.width / whole.width, picture.left, source.width);
  const rows = steps(window.height, window.top, picture.height / whole.height, picture.top, source.height);
  const result = new Uint8Array(window.height * window.width * channels);
  let next = 0;
  for (let y = 0; y < window.height; y++) {
    const upper = rows.first[y]! * width;
    const lower = rows.second[y]! * width;
    const down = rows.share[y]!;
    for (let x = 0; x < window.width; x++) {
      const left = columns.first[x]!;
      const right = columns.second[x]!;
      const along = columns.share[x]!;
      for (let c = 0; c < channels; c++) {
        const a = pixels[(upper + left) * channels + c]!;
        const b = pixels[(upper + right) * channels + c]!;
        const d = pixels[(lower + left) * channels + c]!;
        const e = pixels[(lower + right) * channels + c]!;
        const above = a + (b - a) * along;
        const below = d + (e - d) * along;
        result[next++] = above + (below - above) * down + 0.5;
      }
    }
  }
  return result;
}

/** For each pixel of a side: the two that it lies between, and how far it is from the first to the second. */
function steps(count: number, start: number, scale: number, offset: number, size: number) {
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
