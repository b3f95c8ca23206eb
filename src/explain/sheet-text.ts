import { percent } from '../runtime/percent.js';
import { printable } from '../runtime/printable.js';
import type { Areas } from './curves.js';
import type { ExplainedPicture, Explanation } from './explanation.js';

interface CaptionLine {
  readonly text: string;
  readonly colour?: string;
  readonly bold?: boolean;
}

const [good, bad, soft] = ['#17697f', '#b8432c', '#5a6675'];

/** About as many letters as fit under two pictures. */
const widest = 68;

export function titleOf({ method, layer }: Explanation): string {
  return `What speaks for and against: ${method} ${placeOf(layer)}`;
}

/** Where a map is taken, in words. */
export function placeOf(layer: string): string {
  return layer === 'input' ? 'of the pixels' : `at ${layer}`;
}

/** What stands under a picture: name, answer, sum, the three checks, the verdict. */
export function captionOf(picture: ExplainedPicture): CaptionLine[] {
  const { stages, curves, verdict } = picture;
  const [top, all] = [stages[0]!, stages.at(-1)!].map(({ correlation }) => signed(correlation));
  return [
    { text: shortened(printable(picture.path)), bold: true },
    { text: shortened(printable(`Answer ${picture.answer.label} ${percent(picture.answer.probability)}`)) },
    ...askedOf(picture).map((text) => ({ text: shortened(printable(text)) })),
    { text: sumOf(picture), colour: soft },
    { text: `Correlation with random weights: last layer ${top}, all ${all} (0 is good)`, colour: soft },
    { text: `Probability, blurred first: ${areas(curves.deletion)} (low is good)`, colour: soft },
    { text: `Probability, shown first: ${areas(curves.insertion)} (high is good)`, colour: soft },
    verdict.passes
      ? { text: 'Passes: depends on weights, beats random places and the centre', colour: good, bold: true }
      : { text: shortened(`Fails: ${verdict.faults.join(', ')}`), colour: bad, bold: true },
  ];
}

/** What was asked where it is not just why the answer. */
function askedOf({ answer, question, probability }: ExplainedPicture): string[] {
  if (question.ratherThan !== undefined) {
    return [`Why ${question.class}, not ${question.ratherThan} (${percent(probability)} of both)`];
  }
  return question.class === answer.label ? [] : [`Why ${question.class} (${percent(probability)})`];
}

/** That the places add up to the score, in figures. */
function sumOf({ map, score, question, completenessError = 0 }: ExplainedPicture): string {
  const name = question.ratherThan === undefined ? 'logit' : 'difference';
  const strongest = map.values.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
  if (map.constant === undefined) return `${name} ${signed(score)}; the places do not add up to it`;
  const places = map.values.reduce((sum, value) => sum + value, 0);
  const sign = completenessError < 0.005 ? '=' : '≈';
  return `${name} ${signed(score)} ${sign} places ${signed(places)}, constant ${signed(map.constant)}; strongest place ${signed(strongest)}`;
}

export function legend({ pictures }: Explanation, left: number): string {
  const more = left > 0 ? ` The first ${pictures.length - left} of ${pictures.length} pictures.` : '';
  return `Each picture on a scale of its own, up to its strongest place (of single pixels, to the strongest of a hundred). On one picture chance has its say in the checks: --check over many.${more}`;
}

function areas({ map, random, centre }: Areas): string {
  return `map ${map.toFixed(2)}, random ${random.toFixed(2)}, centre ${centre.toFixed(2)}`;
}

/** −0.31, +1.20: with a minus that is as wide as the plus. */
function signed(value: number): string {
  const text = Math.abs(value).toFixed(2);
  return Number(text) === 0 ? '0.00' : `${value < 0 ? '−' : '+'}${text}`;
}

/** Too long a text loses its middle, so that folder and file can both be told. */
function shortened(text: string): string {
  const letters = [...text];
  if (letters.length <= widest) return text;
  const half = Math.floor((widest - 1) / 2);
  return `${letters.slice(0, half).join('')}…${letters.slice(-half).join('')}`;
}
