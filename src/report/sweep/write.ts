import path from 'node:path';
import { csv } from '../../formats/csv.js';
import type { SweepResult } from '../../runs/sweep.js';
import { writeFileAtomic } from '../../runtime/atomic-file.js';
import { markup } from '../markup.js';
import { pageTable, studyPage } from '../study-page.js';
import { percent, percentRange, thousands, unbroken } from '../text.js';
import { sweepChart } from './chart.js';
import { sentences, settingText, sweepHead, sweepRows } from './text.js';

/**
 * Writes what a sweep has for people and programs: report.html, trials.csv, best.json and, last, metrics.json.
 *
 * @param best the options that train the best setting, for --config.
 */
export async function writeSweep(folder: string, result: SweepResult, best: object): Promise<void> {
  const names = optionNames(result);
  const rows = result.trials.map(({ setting, accuracy, first, rounds }) => [
    ...names.map((name) => setting[name]),
    accuracy,
    first,
    rounds,
  ]);
  const files = {
    'trials.csv': csv([[...names, 'accuracy', 'first_round', 'rounds'], ...rows]),
    'best.json': `${JSON.stringify(best, null, 2)}\n`,
    'report.html': sweepPage(result),
    'metrics.json': `${JSON.stringify(result, null, 2)}\n`,
  };
  for (const [name, text] of Object.entries(files)) await writeFileAtomic(path.join(folder, name), text);
}

function optionNames({ trials }: SweepResult): string[] {
  return [...new Set(trials.flatMap(({ setting }) => Object.keys(setting)))];
}

/** The sweep as one self-contained page. */
export function sweepPage(result: SweepResult): string {
  const { name, labels, trials, pictures, corrected, heldOut } = result;
  return studyPage({
    kicker: `${name} · ${labels.length} classes · ${thousands(trials.length)} settings · ${thousands(pictures)} pictures that choose, ${thousands(heldOut.n)} held out`,
    headline: `Best of ${thousands(trials.length)}: ${settingText(trials[0]!.setting)}; ${percent(corrected.accuracy)} is to be expected of it`,
    lead: sentences(result),
    warnings: result.warnings,
    sections: [
      markup`<section><h2>Every setting in the first round</h2><div class="columns">${optionNames(result).map((option) => sweepChart(option, trials))}</div></section>`,
      markup`<section><h2>The best</h2>${pageTable(
        'Accuracy is the mean over the rounds in which a setting was, each with the folds dealt anew. A setting that is clearly worse than the best on the same pictures is dropped after a round.',
        sweepHead,
        sweepRows(result, 25),
      )}</section>`,
      markup`<section><h2>What the choice costs</h2>${pageTable(
        'On the held-out pictures the best setting and the usual one were judged once, after the choice.',
        ['', 'accuracy', '95 % interval'],
        [
          ['the best, as the first round says', percent(corrected.accuracy + corrected.flattery), '–'],
          [
            'corrected for the choice: its later rounds, less the bias of choosing',
            percent(corrected.accuracy),
            percentRange(corrected.ci95),
          ],
          ['best, held-out pictures', percent(heldOut.best.accuracy), percentRange(heldOut.best.ci95)],
          [
            'the usual setting, held-out pictures',
            percent(heldOut.usual.accuracy),
            percentRange(heldOut.usual.ci95),
          ],
        ],
      )}<p class="soft">${unbroken(result.splitDescription)}</p></section>`,
    ],
    command: result.command,
    config: result.config,
  });
}
