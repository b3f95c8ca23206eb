import { surestMistakes } from '../../evaluation/mistakes.js';
import { type LabelledPrediction, predictedClass } from '../../evaluation/predictions.js';
import { breakable, type Markup, markup } from '../markup.js';
import { percent, thousands, unbroken } from '../text.js';
import type { Thumbnails } from '../thumbnails.js';
import type { MistakeMap, RunResult } from '../../runs/record.js';

const mostMistakes = 24;
/**
 * The wrong answers that the network was surest of, with their pictures: wrong labels are often among them. Beside the
 * surest the places that speak for what was said and for what is right, and the training pictures nearest to them.
 */
export async function mistakesSection(result: RunResult, thumbnails: Thumbnails): Promise<Markup> {
  const { transferred } = result;
  const all = surestMistakes(transferred.predictions, Number.POSITIVE_INFINITY);
  if (all.length === 0) {
    return markup`<section><h2>Mistakes</h2><p>None on the ${thousands(transferred.test.n)} held-out pictures.</p></section>`;
  }
  const seen: Markup[] = [];
  const items: Markup[] = [];
  for (const mistake of all.slice(0, mostMistakes)) {
    if (result.mistakeMaps?.maps.has(mistake.path)) seen.push(await seenItem(mistake, result, thumbnails));
    else items.push(await mistakeItem(mistake, result.labels, thumbnails));
  }
  const some =
    all.length > mostMistakes ? `${mostMistakes} of ${thousands(all.length)}` : `All ${all.length}`;
  return markup`<section><h2>The surest mistakes</h2>
<p class="soft">${all.length === 1 ? 'The only one.' : `${some}, the surest first.`} A picture that shows something else, or is in the wrong folder, is often among them.</p>
${seen.length > 0 && markup`${howSeen(result)}<ol class="seen">${seen}</ol>`}
${items.length > 0 && markup`<ol class="gallery">${items}</ol>`}</section>`;
}

/** How to read the maps, and whether they can be believed. */
function howSeen({ mistakeMaps }: RunResult): Markup {
  const { method, layer, randomWeights } = mistakeMaps!;
  const { lastLayer, all } = randomWeights;
  const believable = Math.abs(all) < 0.5 && lastLayer < 0.8;
  return markup`<p class="soft">Of the surest also the places that speak for what was said and for what is right (orange for, blue against, grey neither; ${method} at ${layer}), each map on a scale of its own, and the training pictures nearest by the features the network goes by. ${
    believable
      ? `The maps depend on what was learned: with a random last layer their rank correlation is ${signed(lastLayer)}, with all weights random ${signed(all)} (0 is good).`
      : `Don’t trust the maps here: with random weights they stay alike (rank correlation ${signed(lastLayer)} with a random last layer, ${signed(all)} with all weights random).`
  } ${unbroken(placesText([...mistakeMaps!.maps.values()]))}</p>`;
}

/** What blurring and showing the places of the maps did, beside orders that know nothing of the network. */
function placesText(maps: readonly MistakeMap[]): string {
  const gain = (kind: 'deletion' | 'insertion', over: 'random' | 'centre') => {
    const sign = kind === 'insertion' ? 100 : -100;
    const gains = maps.map(({ curves }) => sign * (curves[kind].map - curves[kind][over]));
    const mean = gains.reduce((sum, one) => sum + one, 0) / gains.length;
    return `${mean < 0 ? '−' : '+'}${Math.abs(mean).toFixed(0)}`;
  };
  const passing = maps.filter(({ faults }) => faults.length === 0).length;
  return (
    `Blurred first, the places of what was said take ${gain('deletion', 'random')} points more of its probability than random places and ${gain('deletion', 'centre')} more than the middle of the picture; ` +
    `shown first they bring ${gain('insertion', 'random')} and ${gain('insertion', 'centre')} more (means; below 0 a map is worse than that). ` +
    `${passing} of ${maps.length} pass all checks, which hold each map to random places and to the middle of the picture; below the others stands why not.`
  );
}

async function seenItem(
  mistake: LabelledPrediction,
  result: RunResult,
  thumbnails: Thumbnails,
): Promise<Markup> {
  const { path, label, probabilities } = mistake;
  const { labels, mistakeMaps, nearest } = result;
  const answer = predictedClass(probabilities);
  const [truth, said] = [labels[label]!, labels[answer]!];
  const maps = mistakeMaps!.maps.get(path)!;
  const near: Markup[] = [];
  for (const one of nearest?.get(path) ?? []) {
    const picture = await thumbnails(one.path, `Training picture ${one.path}`);
    near.push(
      markup`<figure>${picture}<figcaption>nearest: ${breakable(labels[one.label]!)} <span class="sure">${one.similarity.toFixed(2)}</span></figcaption></figure>`,
    );
  }
  return markup`<li><div class="views"><figure>${await thumbnails(path, `${truth}, taken for ${said}`)}<figcaption>is <b>${breakable(truth)}</b></figcaption></figure>
<figure>${map(maps.said, `What speaks for ${said} in ${path}`)}<figcaption>said <b class="wrong">${breakable(said)}</b> <span class="sure">${unbroken(percent(probabilities[answer]!))}</span>${maps.faults.length > 0 && markup`<span class="fault">${maps.faults.join(', ')}</span>`}</figcaption></figure>
<figure>${map(maps.truth, `What speaks for ${truth} in ${path}`)}<figcaption>for ${breakable(truth)} <span class="sure">${unbroken(percent(probabilities[label]!))}</span></figcaption></figure>
${near}</div><p class="path">${breakable(path)}</p></li>
`;
}

function map(jpeg: Uint8Array, description: string): Markup {
  const data = Buffer.from(jpeg).toString('base64');
  return markup`<img src="data:image/jpeg;base64,${data}" width="160" height="160" alt="${description}">`;
}

function signed(value: number): string {
  return value.toFixed(2).replace('-', '−').replace('−0.00', '0.00');
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
