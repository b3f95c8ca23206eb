import type { Shape } from '../../models/network.js';
import { UserError } from '../../runtime/errors.js';

/** What a model says of its input for one picture; null sides are open. */
type OpenShape = readonly (number | null)[];

/** Settles the shapes of a model's inputs. */
export interface PictureSize {
  /** Null where the model leaves open what a picture's size does not settle: the length of a text. */
  settle(open: OpenShape): Shape | null;
  /** @throws UserError when a size was given and nothing left it open. */
  finish(): void;
}

/**
 * The size of pictures for a model, `[height, width]` or `[height, width, channels]`.
 *
 * @param file the model, for messages.
 * @throws UserError (of `settle`) when a size is needed and not given, or does not go with the model's channels.
 */
export function pictureSize(file: string, given?: readonly number[]): PictureSize {
  const fixed: Shape[] = [];
  let used = false;
  return {
    settle(open) {
      const known = open.filter((side) => side !== null);
      if (known.length === open.length) {
        fixed.push(known);
        return known;
      }
      if (open.length !== 3) return null;
      if (!given) {
        throw new UserError(`Expected --input, like 224x224, because '${file}' takes pictures of any size.`);
      }
      const [height, width, channels = open[2]] = given;
      if (channels === null || channels === undefined || (open[2] !== null && channels !== open[2])) {
        const wanted = open[2] === null ? 'with channels, like 224x224x3' : `of ${open[2]} channels`;
        throw new UserError(`Expected --input ${wanted}, for '${file}', but received ${given.join('x')}.`);
      }
      used = true;
      return [height!, width!, channels];
    },
    finish() {
      if (!given || used) return;
      const size = fixed.map((shape) => shape.join('x')).join(' and ') || 'no pictures';
      throw new UserError(
        `Expected no --input for '${file}', which takes ${size} and nothing else, but received ${given.join('x')}.`,
      );
    },
  };
}
