import path from 'node:path';
import { csv } from '../../formats/csv.js';
import type { LearningCurve } from '../../runs/learning-curve.js';
import { writeFileAtomic } from '../../runtime/atomic-file.js';
import { markup } from '../markup.js';
import { pageTable, studyPage } from '../study-page.js';
import { percent, percentRange, thousands, unbroken } from '../text.js';
import { learningCurveChart } from './chart.js';
import { sentences } from './text.js';

/** Writes what a learning curve has for people and programs: report.html, learning-curve.csv and, last, metrics.json. */
export async function writeLearningCurve(folder: string, curve: LearningCurve): Promise<void> {
  const rows = curve.lines.flatMap(({ network, points }) =>
    points.map((p) => [network, p.perClass, p.pictures, p.draws, p.accuracy, ...p.ci95, p.lowest, p.highest]),
  );
  const head = ['network', 'per_class', 'pictures', 'draws', 'accuracy', 'low', 'high', 'lowest', 'highest'];
  const files = {
    'learning-curve.csv': csv([head, ...rows]),
    'report.html': learningCurvePage(curve),
    'metrics.json': `${JSON.stringify(curve, null, 2)}\n`,
  };
  for (const [name, text] of Object.entries(files)) await writeFileAtomic(path.join(folder, name), text);
}

/** The learning curve as one self-contained page. */
export function learningCurvePage(curve: LearningCurve): string {
  const { lines, forecast, heldOut, labels, name } = curve;
  const end = lines[0]!.points.at(-1)!;
  const law = forecast?.law;
  const method = `Each point is the mean of networks trained on drawn pictures; a draw's larger sets hold its smaller ones. Bars are 95 % intervals over other draws and other pictures of the same kind.${law ? ` Dashed: error = ${percent(law.floor)} + ${law.scale.toPrecision(2)} · pictures to the power of −${law.rate.toFixed(2)}, least squares weighted by certainty; the band is its 95 % interval over bootstrap draws of training sets, judged pictures, and of where the law begins to hold. It stands on the assumption that new pictures are of the same kind and that the curve goes on as it went.` : ''}`;
  return studyPage({
    kicker: `${name} · ${labels.length} classes · ${thousands(heldOut)} held-out pictures`,
    headline: headline(curve),
    lead: sentences(curve),
    warnings: [
      ...curve.warnings,
      ...(curve.nearDuplicates > 0
        ? [
            `${thousands(curve.nearDuplicates)} held-out pictures look like pictures that are trained on: the curve is flattered.`,
          ]
        : []),
    ],
    sections: [
      markup`<section><h2>Accuracy against the number of pictures</h2>
<figure>${learningCurveChart(curve)}<figcaption>Dotted: always answering the most frequent class, ${unbroken(percent(curve.chance))}.</figcaption></figure>
<p class="soft">${unbroken(method)}</p></section>`,
      ...lines.map(
        ({ title, points }) =>
          markup`<section><h2>${title}</h2>${pageTable(
            `With all ${thousands(end.pictures)} pictures there is one training set, so its interval is over held-out pictures alone.`,
            ['pictures a class', 'in all', 'draws', 'accuracy', '95 % interval', 'single draws'],
            points.map((p) => [
              thousands(p.perClass),
              thousands(p.pictures),
              String(p.draws),
              percent(p.accuracy),
              percentRange(p.ci95),
              p.draws > 1 ? percentRange([p.lowest, p.highest]) : '–',
            ]),
          )}</section>`,
      ),
      markup`<section><h2>What was held out</h2><p>${unbroken(curve.splitDescription)}</p></section>`,
    ],
    command: curve.command,
    config: curve.config,
  });
}

function headline({ lines, forecast }: LearningCurve): string {
  const end = lines[0]!.points.at(-1)!;
  const now = `${percent(end.accuracy)} right after ${thousands(end.pictures)} pictures`;
  const twice = forecast?.points[0];
  return twice ? `${now}; with twice as many, ${percentRange(twice.ci95)} is to be expected` : now;
}
