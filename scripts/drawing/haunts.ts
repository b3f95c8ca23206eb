import type { backdrops } from './backdrop.js';
import type { grounds } from './ground.js';

type Weighted<T> = readonly (readonly [weight: number, item: T])[];

/** Where a kind of animal is likely to be met. All are met everywhere, but not equally often. */
export interface Haunt {
  /** Probability of a room. */
  readonly indoors: number;
  /** Probability, for a bird on a perch or in flight, of nothing but sky behind it. */
  readonly sky: number;
  readonly backdrops: Weighted<keyof typeof backdrops>;
  readonly grounds: Weighted<keyof typeof grounds>;
}

export const haunts = {
  bird: {
    indoors: 0.05,
    sky: 0.6,
    backdrops: [
      [0.35, 'hills'],
      [0.1, 'sea'],
      [0.03, 'bricks'],
      [0.05, 'fence'],
      [0.47, 'woods'],
    ],
    grounds: [
      [0.4, 'grass'],
      [0.1, 'sand'],
      [0.15, 'paving'],
      [0.25, 'snow'],
      [0.1, 'earth'],
    ],
  },
  cat: {
    indoors: 0.8,
    sky: 0,
    backdrops: [
      [0.05, 'hills'],
      [0.03, 'sea'],
      [0.52, 'bricks'],
      [0.32, 'fence'],
      [0.08, 'woods'],
    ],
    grounds: [
      [0.2, 'grass'],
      [0.1, 'sand'],
      [0.55, 'paving'],
      [0.03, 'snow'],
      [0.12, 'earth'],
    ],
  },
  dog: {
    indoors: 0.15,
    sky: 0,
    backdrops: [
      [0.46, 'hills'],
      [0.34, 'sea'],
      [0.06, 'bricks'],
      [0.08, 'fence'],
      [0.06, 'woods'],
    ],
    grounds: [
      [0.4, 'grass'],
      [0.42, 'sand'],
      [0.1, 'paving'],
      [0.04, 'snow'],
      [0.04, 'earth'],
    ],
  },
  rabbit: {
    indoors: 0.1,
    sky: 0,
    backdrops: [
      [0.16, 'hills'],
      [0.02, 'sea'],
      [0.05, 'bricks'],
      [0.17, 'fence'],
      [0.6, 'woods'],
    ],
    grounds: [
      [0.6, 'grass'],
      [0.03, 'sand'],
      [0.03, 'paving'],
      [0.1, 'snow'],
      [0.24, 'earth'],
    ],
  },
} as const satisfies Record<string, Haunt>;
