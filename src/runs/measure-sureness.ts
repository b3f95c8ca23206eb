import { conformalThreshold, fewestForCoverage, setFigures } from '../evaluation/conformal.js';
import { type Likeness, type LikenessReference, unlikeFigures } from '../evaluation/likeness.js';
import type { LabelledPrediction } from '../evaluation/predictions.js';
import { chooseThreshold, selectiveCurve, selectiveFigures, sureAnswers } from '../evaluation/selective.js';
import type { Trained } from '../training/trained.js';
import type { SurenessMetrics } from './record.js';
import { surenessOf } from './sureness.js';

/** The coverages that the report shows. */
const coverages = [0.9, 0.95, 0.99];

/** The accuracy of given answers that a threshold is suggested for. */
const target = 0.99;

/** What the calibration pictures choose, measured on the held-out ones. */
export function measureSureness(
  trained: Trained,
  heldOut: readonly LabelledPrediction[],
  likeness: LikenessReference | undefined,
  heldOutLikeness: readonly Likeness[],
): SurenessMetrics {
  const { from, pictures } = surenessOf(trained, likeness);
  const truth = pictures.map((picture) => picture.truth);
  const sets = coverages
    .filter((asked) => fewestForCoverage(asked) <= truth.length)
    .map((asked) => {
      const threshold = conformalThreshold(truth, asked);
      return { asked, threshold, ...setFigures(heldOut, threshold) };
    });
  const answers = sureAnswers(heldOut);
  const threshold = chooseThreshold(pictures, target);
  return {
    calibration: { n: pictures.length, from },
    sets,
    selective: selectiveCurve(answers),
    suggestion: threshold === undefined ? null : { target, ...selectiveFigures(answers, threshold) },
    ...(likeness && heldOutLikeness.length > 0 && { unlike: unlikeFigures(likeness, heldOutLikeness) }),
  };
}
