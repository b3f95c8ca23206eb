import { surestMistakes } from '../../evaluation/mistakes.js';
import { type LabelledPrediction, predictedClass } from '../../evaluation/predictions.js';
import { breakable, type Markup, markup } from '../markup.js';
import { percent, thousands, unbroken } from '../text.js';
import type { RunResult } from '../types.js';

const mostMistakes = 24;
/** Of all thumbnails together; the page stays light enough for a mail. */
const mostThumbnailBytes = 900_000;

/** The wrong answers that the network was surest of, with their pictures: wrong labels are often among them. */
export async function mistakesSection(result: RunResult): Promise<Markup> {
  const { transferred, labels, thumbnail } = result;
  const all = surestMistakes(transferred.predictions, Number.POSITIVE_INFINITY);
  if (all.length === 0) {
    return markup`<section><h2>Mistakes</h2><p>None on the ${thousands(transferred.test.n)} held-out pictures.</p></section>`;
  }
  const items: Markup[] = [];
  let bytes = 0;
  for (const mistake of all.slice(0, mostMistakes)) {
    const jpeg = await thumbnail(mistake.path);
    bytes += jpeg?.length ?? 0;
    items.push(mistakeItem(mistake, labels, bytes <= mostThumbnailBytes ? jpeg : undefined));
  }
  const some =
    all.length > mostMistakes ? `${mostMistakes} of ${thousands(all.length)}` : `All ${all.length}`;
  return markup`<section><h2>The surest mistakes</h2>
<p class="soft">${all.length === 1 ? 'The only one.' : `${some}, the surest first.`} A picture that shows something else, or is in the wrong folder, is often among them.</p>
<ol class="gallery">${items}</ol></section>`;
}

function mistakeItem(
  { path, label, probabilities }: LabelledPrediction,
  labels: readonly string[],
  jpeg: Uint8Array | undefined,
): Markup {
  const answer = predictedClass(probabilities);
  const [truth, said] = [labels[label]!, labels[answer]!];
  const picture = jpeg
    ? markup`<img src="data:image/jpeg;base64,${Buffer.from(jpeg).toString('base64')}" width="160" height="160" alt="${truth}, taken for ${said}">`
    : markup`<div class="missing">no picture</div>`;
  return markup`<li>${picture}<dl><dt>is</dt><dd>${breakable(truth)}</dd><dt>said</dt><dd class="wrong">${breakable(said)} <span class="sure">${unbroken(percent(probabilities[answer]!))}</span></dd></dl><p class="path">${breakable(path)}</p></li>
`;
}
