import { confidenceBins } from '../../evaluation/calibration.js';
import { confidence } from '../../evaluation/predictions.js';
import { confidenceChart } from '../confidence-chart.js';
import { type Markup, markup } from '../markup.js';
import { percent, unbroken } from '../text.js';
import type { RunResult } from '../../runs/record.js';

/** Whether the probabilities mean what they say. */
export function confidenceSection({ transferred: { predictions, test } }: RunResult): Markup {
  const mean = predictions.reduce((sum, prediction) => sum + confidence(prediction), 0) / test.n;
  const verdict =
    mean < test.ci95[0]
      ? 'It is too modest: more answers are right than its probabilities say.'
      : mean > test.ci95[1]
        ? 'It is too sure of itself: fewer answers are right than its probabilities say.'
        : 'Within the doubt of so many pictures, the two agree.';
  const sentence = `On average it was ${percent(mean)} sure of its answers, and ${percent(test.accuracy)} of them were right. ${verdict}`;
  return markup`<section><h2>Do its probabilities mean what they say?</h2>
<div class="beside"><figure>${confidenceChart(confidenceBins(predictions, 10))}</figure>
<div><p>${unbroken(sentence)}</p>
<p class="soft small">Each dot gathers the answers that were given with about the same probability; the larger, the more pictures. On the dotted line an answer that is 80 % sure is right in 80 of 100 cases; above it the network is too modest, below it too sure. Mean distance from the line (expected calibration error): ${(100 * test.calibrationError).toFixed(1)} points. Log loss: ${test.logLoss.toFixed(3)}.</p></div></div></section>`;
}
