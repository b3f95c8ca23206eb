import type { Figure } from './figure.js';
import { portrait, sittingFront } from './front-poses.js';
import type { Mammal } from './mammal.js';
import { lying, sittingSide, standing } from './side-poses.js';
import { pickWeighted, type Sketch } from './svg.js';

/** The animal in one of its poses. */
export function poseMammal(sketch: Sketch, mammal: Mammal): Figure {
  const pose = pickWeighted(sketch.random, [
    [0.22, portrait],
    [0.26, sittingFront],
    [0.18, sittingSide],
    [0.18, standing],
    [0.16, lying],
  ]);
  return pose(sketch, mammal);
}
