import type { Coat } from './coat.js';
import type { Knot, Sketch } from './svg.js';

/** How a body is built; the poses draw any mammal from it. */
export interface Build {
  /** 1: a cat's legs. */
  readonly legs: number;
  /** Width of the trunk; 1: a cat's. */
  readonly girth: number;
  /** Size of the head; 1: a cat's. */
  readonly head: number;
  /** Outline of the tail from its root at (0, 0), growing to the left and up. */
  readonly tail: readonly Knot[];
  /** Whether the animal crouches as rabbits do, on long hind feet. */
  readonly hops: boolean;
}

/** One animal, with everything that stays the same whatever its pose. Heads are about 100 units wide. */
export interface Mammal {
  readonly coat: Coat;
  readonly build: Build;
  /** The head from the front, centred on (0, 0). */
  readonly front: (sketch: Sketch) => string;
  /** The head from the side, looking right. */
  readonly side: (sketch: Sketch) => string;
}
