import type { ForecastPoint } from '../../evaluation/forecast.js';
import { fewestSizes } from '../../evaluation/forecast.js';
import type { CurveLine, LearningCurve } from '../../runs/learning-curve.js';
import { textTable } from '../table.js';
import { percent, percentRange, points, thousands } from '../text.js';

/** The last lines on the screen: accuracy at each size, where it goes, and what that means. */
export function learningCurveText(curve: LearningCurve): string {
  const { lines, heldOut, labels } = curve;
  const tables = lines.map(({ title, points }) => {
    const head = [title, 'pictures', 'draws', 'accuracy', '95 % interval', 'single draws'];
    const rows = points.map((point) => [
      `${thousands(point.perClass)} a class`,
      thousands(point.pictures),
      String(point.draws),
      percent(point.accuracy),
      percentRange(point.ci95),
      point.draws > 1 ? percentRange([point.lowest, point.highest]) : '',
    ]);
    return textTable([head, ...rows], [1, 2, 3, 4, 5], Infinity);
  });
  const held = `On ${thousands(heldOut)} held-out pictures of ${labels.length} classes, the same at every size.`;
  return [...tables, [held, ...sentences(curve)].join('\n')].join('\n\n');
}

/** What may be concluded, and what may not; a sentence or two each. */
export function sentences(curve: LearningCurve): string[] {
  const [first, baseline] = curve.lines;
  return [
    ...forecastSentences(curve),
    ...(baseline && baseline.points.length > 0 ? [baselineSentence(first!, baseline)] : []),
  ];
}

/** A gain below half a point is hardly worth doubling the pictures. */
const worthwhile = 0.005;

function forecastSentences({ forecast, lines }: LearningCurve): string[] {
  if (!forecast) {
    return [
      `No forecast: it takes ${fewestSizes} sizes to see where a curve goes, and there are ${lines[0]!.points.length}. Give more --sizes, or more pictures.`,
    ];
  }
  return [...forecast.points.map((point) => pointSentence(point, forecast.now)), verdict(forecast.points)];
}

function pointSentence(point: ForecastPoint, now: number): string {
  const { times, pictures, accuracy, ci95, gain, gainCi95 } = point;
  const often = times === 2 ? 'twice' : times === 4 ? 'four times' : `${times} times`;
  return `With ${often} as many pictures to train on (${thousands(pictures)}) the curve goes on from ${percent(now)} to ${percent(accuracy)} (95 % interval ${percentRange(ci95)}), which is ${points(gain)} points more (${points(gainCi95[0])} to ${points(gainCi95[1])}).`;
}

/** Whether more pictures would pay, as far as the curve tells. */
function verdict(forecasts: readonly ForecastPoint[]): string {
  const { times, gainCi95, gain } = forecasts[0]!;
  const [low, high] = gainCi95;
  const many = times === 2 ? 'Twice as many pictures' : `${times} times as many pictures`;
  if (low >= worthwhile)
    return `${many} will pay: at least ${points(low)} points, if they are of the same kind.`;
  if (high < worthwhile)
    return `${many} of the same kind hardly pay: at most ${points(high)} points. What is left to gain lies elsewhere: in labels, in pictures of the cases that go wrong, in another base.`;
  return `Whether more pictures would pay cannot be told for sure: ${points(gain)} points are to be expected of ${many.toLowerCase()}, but it may be ${points(low)} or ${points(high)}.`;
}

/** What the pretrained base is worth, in pictures where that can be said. */
function baselineSentence(transferred: CurveLine, baseline: CurveLine): string {
  const last = baseline.points.at(-1)!;
  const there = transferred.points.find(({ perClass }) => perClass === last.perClass);
  const reached = transferred.points.find(({ ci95 }) => ci95[0] > last.ci95[1]);
  const versus = there
    ? `${baseline.title} gets ${percent(last.accuracy)} after ${thousands(last.pictures)} pictures, ${transferred.title} ${percent(there.accuracy)}.`
    : `${baseline.title} gets ${percent(last.accuracy)} after ${thousands(last.pictures)} pictures.`;
  if (!reached || reached.perClass >= last.perClass) return versus;
  return `${versus} The transferred network is beyond that, by both intervals, after ${thousands(reached.pictures)} (${thousands(reached.perClass)} a class).`;
}
