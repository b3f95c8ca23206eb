import type { Prediction } from '../runs/classifier.js';
import { csv } from '../formats/csv.js';

/** How predictions are written, one after the other. */
export interface PredictionText {
  readonly begin: string;
  /** @param place how many were written before. */
  row(prediction: Prediction, place: number): string;
  readonly end: string;
}

/** An array of objects, laid out as `JSON.stringify` does it. */
export function predictionsAsJson(top: number): PredictionText {
  return {
    begin: '[\n',
    row({ path, predictions }, place) {
      const text = JSON.stringify({ path, predictions: predictions.slice(0, top) }, null, 2);
      return `${place > 0 ? ',\n' : ''}  ${text.replaceAll('\n', '\n  ')}`;
    },
    end: '\n]\n',
  };
}

/** @param keys what the classes are known by, in the order of the columns. */
export function predictionsAsCsv(keys: readonly string[]): PredictionText {
  return {
    begin: csv([['path', 'predicted', ...keys]]),
    row({ path, predictions }) {
      const probability = new Map(predictions.map((p) => [p.id ?? p.label, p.probability]));
      const { id, label } = predictions[0]!;
      return csv([[path, id ?? label, ...keys.map((key) => probability.get(key)!.toFixed(6))]]);
    },
    end: '',
  };
}

/** @param width of the longest path. */
export function predictionsAsLines(top: number, width: number): PredictionText {
  return {
    begin: '',
    row({ path, predictions }) {
      const answers = predictions
        .slice(0, top)
        .map((p) => `${shortName(p)} ${(100 * p.probability).toFixed(1)} %`);
      return `${path.padEnd(width)}  ${answers.join(', ')}\n`;
    },
    end: '',
  };
}

/** ImageNet's classes have several names, the usual one first. */
function shortName({ label, id }: Prediction['predictions'][number]): string {
  return id ? label.split(', ')[0]! : label;
}
