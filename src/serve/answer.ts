import type { Likeness } from '../evaluation/likeness.js';
import type { Answer } from './engine.js';
import type { ServedRun } from './served-run.js';
import type { TrainingPictures } from './training-pictures.js';

/** How far a picture lies from what the run was trained on, where something judges that. */
export interface Unlike {
  /** Unlike anything the run was trained on. */
  readonly isUnlike: boolean;
  /** The judgement in words, for the page. */
  readonly text: string;
}

/** What the API says of one picture. */
export interface PictureAnswer {
  readonly run: string;
  /** The likeliest first; probabilities over all classes add up to 1. */
  readonly predictions: readonly { readonly label: string; readonly probability: number }[];
  /** The picture is of a single colour: there is nothing in it to classify. */
  readonly plain?: true;
  /** The run has trained or chosen on this very file: that it knows it says little. */
  readonly trained?: true;
  readonly unlike?: Unlike;
  readonly nearest?: readonly {
    readonly label: string;
    /** Cosine of the features, at most 1. */
    readonly similarity: number;
    /** Where its thumbnail is. */
    readonly picture: string;
  }[];
  readonly map?: {
    readonly class: string;
    readonly method: string;
    readonly height: number;
    readonly width: number;
    /** What each place contributes to the class, row by row. */
    readonly values: readonly number[];
    /** What belongs to no place: with the places it adds up to the class's logit. */
    readonly constant?: number;
  };
  /** As data URLs: what the network saw of the picture, and the map over it. */
  readonly images?: { readonly seen: string; readonly map: string };
}

/** @param top how many classes. */
export function pictureAnswer(
  { facts, name }: Pick<ServedRun, 'facts' | 'name'>,
  { probabilities, map, nearest, likeness }: Answer,
  {
    top,
    plain,
    trained,
    training,
  }: { top: number; plain: boolean; trained: boolean; training: TrainingPictures | undefined },
): PictureAnswer {
  const predictions = probabilities
    .map((probability, i) => ({ label: facts.labels[i]!, probability }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, top);
  return {
    run: name,
    predictions,
    ...(plain && { plain }),
    ...(trained && { trained }),
    ...(likeness && { unlike: unlikeOf(likeness) }),
    ...(nearest && training && { nearest: nearest.map((one) => training.describe(one)) }),
    ...(map && {
      map: {
        class: facts.labels[map.of]!,
        method: facts.method,
        height: map.height,
        width: map.width,
        values: map.values,
        ...(map.constant !== undefined && { constant: map.constant }),
      },
    }),
  };
}

function unlikeOf({ unlike, share }: Likeness): Unlike {
  const far = `of pictures of the kind it was trained on about ${(100 * share).toPrecision(2)} % are as far from the others`;
  return {
    isUnlike: unlike,
    text: unlike ? `Unlike anything it was trained on: ${far}.` : `Like what it was trained on: ${far}.`,
  };
}
