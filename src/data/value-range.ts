/** The values that stand for black and white. */
export interface ValueRange {
  readonly low: number;
  readonly high: number;
}

/** What the values of a picture are, and what its file says of them. */
export interface Values {
  readonly kind: 'unsigned' | 'signed' | 'float';
  /** The smallest and largest there are, over all colours. */
  readonly min: number;
  readonly max: number;
  /** What the file says is black and white. */
  readonly declared?: Partial<ValueRange>;
}

/** Of floats: how far resampling may have driven values beyond 0 or 1. */
const overshoot = 0.05;

/**
 * What is black and what is white in a picture whose values are not eight bits wide: as the file says, if its values
 * keep to it, else by what it holds. Cameras and scanners leave ten, twelve or fourteen bits in files of sixteen, so
 * white is the next power of four (1,023, 4,095, 16,383 …; 1 for floats that keep to it) and not the brightest value
 * there is: pictures of one device nearly always come out alike, and none is darker than it should be by more than
 * four. Negative values, as of computed tomography, are bounded likewise below.
 */
export function valueRange({ kind, min, max, declared = {} }: Values): ValueRange {
  const { low = 0, high = Number.NEGATIVE_INFINITY } = declared;
  // All that the file has room for says nothing.
  if (high > low && min >= low && max <= high && !isAllOf(kind, high)) return { low, high };
  if (kind === 'float') {
    const above = Math.max(max, 0);
    const below = Math.max(-min, 0);
    return { low: below <= overshoot ? 0 : -unitBound(below), high: unitBound(above) };
  }
  // Read as floats, the largest integers of 32 bits come out one higher.
  return { low: min < 0 ? -powerOfFour(-min) : 0, high: powerOfFour(Math.min(max + 1, 2 ** 32)) - 1 };
}

function isAllOf(kind: Values['kind'], high: number): boolean {
  return kind === 'unsigned' && (high === 2 ** 16 - 1 || high === 2 ** 32 - 1);
}

/** 1, 4, 16, 64; from eight bits on as integers have it: 255, 1,023 … */
function unitBound(value: number): number {
  if (value <= 1 + overshoot) return 1;
  const bound = 4 ** Math.ceil(Math.log2(value) / 2);
  return bound >= 256 ? powerOfFour(Math.floor(value) + 1) - 1 : bound;
}

/** The smallest power of four that is not below `value`, and 256 at least. */
function powerOfFour(value: number): number {
  let power = 256;
  while (power < value) power *= 4;
  return power;
}

/** `0 to 4,095`. */
export function rangeText({ low, high }: ValueRange): string {
  return `${low.toLocaleString('en-GB')} to ${high.toLocaleString('en-GB')}`;
}
