import type { MeanWithInterval } from '../evaluation/bootstrap.js';
import type { CheckSummary } from '../explain/check-summary.js';
import type { ExplainedPicture, Explanation } from '../explain/explanation.js';
import { captionOf, placeOf } from '../explain/sheet-text.js';
import { textTable } from '../report/table.js';

/** What `explain` prints: of each picture what stands on the sheet, or the checks over all of them when asked for. */
export function explanationAsText(explanation: Explanation, sheet: string): string {
  const { method, layer, pictures, check } = explanation;
  const body = check ? [checkAsText(check)] : pictures.map(pictureAsText);
  return [`${capital(method)} ${placeOf(layer)}`, ...body, `Contact sheet: ${sheet}`].join('\n\n');
}

function pictureAsText(picture: ExplainedPicture): string {
  const [, ...lines] = captionOf(picture);
  return [picture.path, ...lines.map(({ text }) => `  ${text}`)].join('\n');
}

function checkAsText(check: CheckSummary): string {
  const { pictures, passing, stages, deletion, insertion, dependsOnWeights } = check;
  const weights = stages.map(({ layers, downTo, correlation }) => [
    layers === 1 ? `the last layer (${downTo})` : `the last ${layers}, down to ${downTo}`,
    ...interval(correlation),
  ]);
  const margin = (name: string, value: MeanWithInterval) => [name, ...interval(value), inWords(value)];
  const verdict =
    dependsOnWeights === 'too few pictures'
      ? 'Too few pictures for an interval: ten are the least.'
      : dependsOnWeights
        ? 'The maps depend on what the network has learned.'
        : 'The maps do not change enough with random weights: they show the pictures, not what the network makes of them.';
  return [
    `Checks over ${pictures} pictures, ${passing} of which pass by themselves`,
    '',
    textTable([['weights made random', 'rank correlation', '95 % interval'], ...weights], [1, 2]),
    verdict,
    '',
    textTable(
      [
        ['gain in probability', 'mean', '95 % interval', ''],
        margin('blurred first, over random places', deletion.random),
        margin('blurred first, over a centre blob', deletion.centre),
        margin('shown first, over random places', insertion.random),
        margin('shown first, over a centre blob', insertion.centre),
      ],
      [1, 2],
    ),
  ].join('\n');
}

function interval({ mean, ci95 }: MeanWithInterval): [mean: string, range: string] {
  return [mean.toFixed(3), ci95 ? `${ci95[0].toFixed(3)} to ${ci95[1].toFixed(3)}` : '–'];
}

function inWords({ ci95 }: MeanWithInterval): string {
  if (!ci95) return '';
  if (ci95[0] > 0) return 'better';
  return ci95[1] < 0 ? 'worse' : "can't be told apart";
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
