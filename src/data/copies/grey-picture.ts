/** The sides of the grey pictures that are laid over one another, from coarse to fine. */
export const levels = [16, 32, 64] as const;

export const finest = levels[2];

/** A picture squashed to grey squares of falling size, brightness 0 to 255, row by row. */
export interface GreyPicture {
  /** Width by height of the picture itself. */
  readonly aspect: number;
  /** One a level, `levels[i]`² values each. */
  readonly pyramid: readonly Float32Array[];
}

/** @param pixels of the finest level. */
export function greyPicture(pixels: Uint8Array, aspect: number): GreyPicture {
  const pyramid: Float32Array[] = [new Float32Array(pixels)];
  for (let i = levels.length - 1; i > 0; i--) pyramid.unshift(halved(pyramid[0]!, levels[i]!));
  return { aspect, pyramid };
}

export function mirrored({ aspect, pyramid }: GreyPicture): GreyPicture {
  return { aspect, pyramid: pyramid.map((values, i) => flipped(values, levels[i]!)) };
}

function flipped(values: Float32Array, side: number): Float32Array {
  const flip = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += side) {
    for (let column = 0; column < side; column++) flip[start + column] = values[start + side - 1 - column]!;
  }
  return flip;
}

function halved(values: Float32Array, side: number): Float32Array {
  const half = side / 2;
  const small = new Float32Array(half * half);
  for (let row = 0; row < half; row++) {
    for (let column = 0; column < half; column++) {
      const from = 2 * (side * row + column);
      small[row * half + column] =
        (values[from]! + values[from + 1]! + values[from + side]! + values[from + side + 1]!) / 4;
    }
  }
  return small;
}
