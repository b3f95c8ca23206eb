/** How a picture comes to the network's size, as how-to-use.json says it. */
export interface Resizing {
  readonly height: number;
  readonly width: number;
  readonly resize: 'squash' | 'crop' | 'letterbox';
  /** The colour of bars: red, green, blue. */
  readonly bars?: readonly number[];
}

interface Pixels {
  readonly height: number;
  readonly width: number;
  /** Red, green, blue and opacity, row by row. */
  readonly data: ArrayLike<number>;
}

/** Where the pixels of one side lie in the picture given. */
interface Places {
  /** The centre of a pixel made, in pixels given. */
  centre(at: number): number;
  /** Pixels given a pixel made. */
  readonly scale: number;
  /** The pixels made that are of the picture, from `begin` up to `end`; others are bars. */
  readonly begin: number;
  readonly end: number;
}

/**
 * A picture at the network's size: whole numbers 0 to 255, [height, width, 3]. Bilinear with antialiasing: a triangle as wide
 * as the reduction asks, as pictures are resized in training (Pillow's BILINEAR). Canvases promise no filter.
 */
export function resized(given: Pixels, { height, width, resize, bars = [] }: Resizing): Float32Array {
  const [rows, columns] = ways[resize]([
    { to: height, from: given.height },
    { to: width, from: given.width },
  ]) as [Places, Places];
  const lines = new Float32Array(height * given.width * 3);
  for (let y = rows.begin; y < rows.end; y++) {
    const into = lines.subarray(y * given.width * 3, (y + 1) * given.width * 3);
    for (const { at, share } of shares(rows, y, given.height)) {
      for (let x = 0; x < given.width; x++) {
        for (let c = 0; c < 3; c++) into[3 * x + c]! += share * given.data[4 * (at * given.width + x) + c]!;
      }
    }
  }
  const made = Float32Array.from({ length: height * width * 3 }, (_, i) => bars[i % 3] ?? 0);
  for (let x = columns.begin; x < columns.end; x++) {
    const near = [...shares(columns, x, given.width)];
    for (let y = rows.begin; y < rows.end; y++) {
      for (let c = 0; c < 3; c++) {
        let value = 0;
        for (const { at, share } of near) value += share * lines[3 * (y * given.width + at) + c]!;
        made[3 * (y * width + x) + c] = Math.floor(value + 0.5);
      }
    }
  }
  return made;
}

interface Side {
  readonly to: number;
  readonly from: number;
}

const ways: Record<Resizing['resize'], (sides: readonly Side[]) => Places[]> = {
  squash: (sides) =>
    sides.map(({ to, from }) => ({
      scale: from / to,
      centre: (at) => ((at + 0.5) * from) / to,
      begin: 0,
      end: to,
    })),
  crop: (sides) => {
    const scale = Math.min(...sides.map(({ to, from }) => from / to));
    return sides.map(({ to, from }) => ({
      scale,
      centre: (at) => (at + 0.5 - to / 2) * scale + from / 2,
      begin: 0,
      end: to,
    }));
  },
  letterbox: (sides) => {
    const shared = Math.max(...sides.map(({ to, from }) => from / to));
    return sides.map(({ to, from }) => {
      const size = Math.max(1, Math.round(from / shared));
      const begin = halfOf(to - size);
      return {
        scale: from / size,
        centre: (at) => ((at + 0.5 - begin) * from) / size,
        begin,
        end: begin + size,
      };
    });
  },
};

/** Half of it; of two that are as near, the even one, as Pillow places what it pads. */
function halfOf(pixels: number): number {
  const lower = Math.floor(pixels / 2);
  return pixels % 2 === 1 && lower % 2 === 1 ? lower + 1 : lower;
}

/** The pixels given that one made is a mean of, and the share of each. */
function* shares(
  { centre, scale }: Places,
  made: number,
  size: number,
): Generator<{ readonly at: number; readonly share: number }> {
  const middle = centre(made);
  const reach = Math.max(1, scale);
  const first = Math.max(0, Math.ceil(middle - reach - 0.5));
  const last = Math.min(size - 1, Math.floor(middle + reach - 0.5));
  const height = (at: number) => Math.max(0, 1 - Math.abs(at + 0.5 - middle) / reach);
  let sum = 0;
  for (let at = first; at <= last; at++) sum += height(at);
  for (let at = first; at <= last; at++) if (sum > 0) yield { at, share: height(at) / sum };
}
