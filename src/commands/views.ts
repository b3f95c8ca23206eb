import { type ViewsName, viewsNames } from '../runs/views.js';
import { oneOfNames } from '../runtime/errors.js';

export const ttaHelp =
  "which views of a picture answer together: none but the picture, mirror (its mirror image too, at twice the time), or auto: what the run's cross-validation chose";

/** @throws UserError for other names. */
export function viewsOf(given: string): ViewsName {
  return oneOfNames('--tta', given, viewsNames);
}
