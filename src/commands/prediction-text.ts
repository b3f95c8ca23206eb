import type { Prediction } from '../runs/classifier.js';
import type { JudgedPrediction } from '../runs/judged-prediction.js';
import { csv } from '../formats/csv.js';

/** How predictions are written, one after the other. */
export interface PredictionText {
  readonly begin: string;
  /** @param place how many were written before. */
  row(prediction: JudgedPrediction, place: number): string;
  readonly end: string;
}

/** What stands in place of an answer that is too unsure to be given. */
const notSure = 'not sure';

/** An array of objects, laid out as `JSON.stringify` does it. */
export function predictionsAsJson(top: number): PredictionText {
  return {
    begin: '[\n',
    row({ path, predictions, set, sure, likeness }, place) {
      const shown = {
        path,
        ...(sure !== undefined && { sure }),
        ...(set && { set }),
        ...(likeness && { unlike: likeness.unlike, likeness: Number(likeness.share.toPrecision(6)) }),
        predictions: predictions.slice(0, top),
      };
      const text = JSON.stringify(shown, null, 2);
      return `${place > 0 ? ',\n' : ''}  ${text.replaceAll('\n', '\n  ')}`;
    },
    end: '\n]\n',
  };
}

/**
 * The columns of the classes come last.
 *
 * @param keys what the classes are known by, in the order of the columns.
 * @param has which columns there are besides: the set, its classes divided by `|`; whether the picture is unlike all that
 *   was trained on.
 */
export function predictionsAsCsv(
  keys: readonly string[],
  has: { readonly set: boolean; readonly unlike: boolean },
): PredictionText {
  const more = [...(has.set ? ['set'] : []), ...(has.unlike ? ['unlike'] : [])];
  return {
    begin: csv([['path', 'predicted', ...more, ...keys]]),
    row({ path, predictions, set, sure, likeness }) {
      const probability = new Map(predictions.map((p) => [p.id ?? p.label, p.probability]));
      const { id, label } = predictions[0]!;
      const judged = [
        ...(has.set ? [(set ?? []).join('|')] : []),
        ...(has.unlike ? [String(likeness?.unlike ?? false)] : []),
      ];
      const answer = sure === false ? notSure : (id ?? label);
      return csv([[path, answer, ...judged, ...keys.map((key) => probability.get(key)!.toFixed(6))]]);
    },
    end: '',
  };
}

/** @param width of the longest path. */
export function predictionsAsLines(top: number, width: number): PredictionText {
  return {
    begin: '',
    row({ path, predictions, set, sure, likeness }) {
      const answers = predictions
        .slice(0, top)
        .map((p) => `${shortName(p)} ${(100 * p.probability).toFixed(1)} %`)
        .join(', ');
      const parts = [
        sure === false ? `${notSure} (${answers})` : answers,
        ...(set ? [`set {${set.join(', ')}}`] : []),
        ...(likeness?.unlike ? ['unlike anything it was trained on'] : []),
      ];
      return `${path.padEnd(width)}  ${parts.join('; ')}\n`;
    },
    end: '',
  };
}

/** ImageNet's classes have several names, the usual one first. */
function shortName({ label, id }: Prediction['predictions'][number]): string {
  return id ? label.split(', ')[0]! : label;
}
