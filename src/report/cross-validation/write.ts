import path from 'node:path';
import { csv } from '../../formats/csv.js';
import type { CrossValidationResult } from '../../runs/cross-validation.js';
import { writeFileAtomic } from '../../runtime/atomic-file.js';
import { accuracyRowsChart } from '../accuracy-rows-chart.js';
import { markup } from '../markup.js';
import { pageTable, studyPage } from '../study-page.js';
import { percent, percentRange, thousands } from '../text.js';
import { classHead, classRows, networkRows, sentences } from './text.js';

/** Writes what a cross-validation has for people and programs: report.html, classes.csv and, last, metrics.json. */
export async function writeCrossValidation(folder: string, result: CrossValidationResult): Promise<void> {
  const rows = result.network.metrics.perClass.map(({ label, n, accuracy, ci95, precision, f1 }) => [
    label,
    n,
    accuracy,
    ...ci95,
    precision ?? undefined,
    f1 ?? undefined,
  ]);
  const files = {
    'classes.csv': csv([['class', 'pictures', 'recognised', 'low', 'high', 'precision', 'f1'], ...rows]),
    'report.html': crossValidationPage(result),
    'metrics.json': `${JSON.stringify(result, null, 2)}\n`,
  };
  for (const [name, text] of Object.entries(files)) await writeFileAtomic(path.join(folder, name), text);
}

/** The cross-validation as one self-contained page. */
export function crossValidationPage(result: CrossValidationResult): string {
  const { name, labels, network, folds, repeats } = result;
  const { accuracy, perClass, n } = network.metrics;
  return studyPage({
    kicker: `${name} · ${labels.length} classes · ${thousands(n)} pictures · ${folds} folds${repeats > 1 ? `, dealt ${repeats} times` : ''}`,
    headline: `${network.title}: ${percent(accuracy.accuracy)} of pictures it had not seen, ${percentRange(accuracy.ci95)} to be expected`,
    lead: sentences(result),
    warnings: result.warnings,
    sections: [
      markup`<section><h2>As a whole</h2>${pageTable(
        'Macro-F1 is the mean over the classes of F1, which counts misses and false alarms alike; its interval is a bootstrap over pictures.',
        ['network', 'accuracy', '95 % interval', 'macro-F1', '95 % interval', 'by repetition'],
        networkRows(result),
      )}</section>`,
      markup`<section><h2>Class by class</h2>
<figure>${accuracyRowsChart(perClass.map((one) => ({ ...one, title: one.label, single: [] })))}<figcaption>Share of each class's pictures that were recognised, with 95 % intervals.</figcaption></figure>
${pageTable('Each interval by itself: of twenty classes one lies beside its interval by chance.', classHead, classRows(network))}</section>`,
    ],
    command: result.command,
    config: result.config,
  });
}
