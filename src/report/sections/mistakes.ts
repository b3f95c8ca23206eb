import { surestMistakes } from '../../evaluation/mistakes.js';
import { type LabelledPrediction, predictedClass } from '../../evaluation/predictions.js';
import { breakable, type Markup, markup } from '../markup.js';
import { percent, thousands, unbroken } from '../text.js';
import type { Thumbnails } from '../thumbnails.js';
import type { RunResult } from '../../runs/record.js';

const mostMistakes = 24;
/** The wrong answers that the network was surest of, with their pictures: wrong labels are often among them. */
export async function mistakesSection(
  { transferred, labels }: RunResult,
  thumbnails: Thumbnails,
): Promise<Markup> {
  const all = surestMistakes(transferred.predictions, Number.POSITIVE_INFINITY);
  if (all.length === 0) {
    return markup`<section><h2>Mistakes</h2><p>None on the ${thousands(transferred.test.n)} held-out pictures.</p></section>`;
  }
  const items: Markup[] = [];
  for (const mistake of all.slice(0, mostMistakes))
    items.push(await mistakeItem(mistake, labels, thumbnails));
  const some =
    all.length > mostMistakes ? `${mostMistakes} of ${thousands(all.length)}` : `All ${all.length}`;
  return markup`<section><h2>The surest mistakes</h2>
<p class="soft">${all.length === 1 ? 'The only one.' : `${some}, the surest first.`} A picture that shows something else, or is in the wrong folder, is often among them.</p>
<ol class="gallery">${items}</ol></section>`;
}

async function mistakeItem(
  { path, label, probabilities }: LabelledPrediction,
  labels: readonly string[],
  thumbnails: Thumbnails,
): Promise<Markup> {
  const answer = predictedClass(probabilities);
  const [truth, said] = [labels[label]!, labels[answer]!];
  const picture = await thumbnails(path, `${truth}, taken for ${said}`);
  return markup`<li>${picture}<dl><dt>is</dt><dd>${breakable(truth)}</dd><dt>said</dt><dd class="wrong">${breakable(said)} <span class="sure">${unbroken(percent(probabilities[answer]!))}</span></dd></dl><p class="path">${breakable(path)}</p></li>
`;
}
