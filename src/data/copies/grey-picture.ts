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
  const pyramid: Float32Array[] = [Float32Array.from(pixels)];
  for (let i = levels.length - 1; i > 0; i--) pyramid.unshift(halved(pyramid[0]!, levels[i]!));
  return { aspect, pyramid };
}

export function mirrored({ aspect, pyramid }: GreyPicture): GreyPicture {
  const flip = (values: Float32Array, side: number) =>
    values.map((_, at) => values[at - (at % side) + side - 1 - (at % side)]!);
  return { aspect, pyramid: pyramid.map((values, i) => flip(values, levels[i]!)) };
}

function halved(values: Float32Array, side: number): Float32Array {
  const half = side / 2;
  return new Float32Array(half * half).map((_, at) => {
    const from = 2 * side * Math.floor(at / half) + 2 * (at % half);
    return (values[from]! + values[from + 1]! + values[from + side]! + values[from + side + 1]!) / 4;
  });
}
