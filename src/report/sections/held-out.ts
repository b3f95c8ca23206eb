import { breakable, type Markup, markup } from '../markup.js';
import { percent, thousands, unbroken } from '../text.js';
import type { Thumbnails } from '../thumbnails.js';
import type { RunResult } from '../../runs/record.js';

const mostListed = 200;
const mostPairs = 6;

/** What was held out and how it was chosen; what could not be used; copies on two sides, and copies left out. */
export async function heldOutSection(result: RunResult, thumbnails: Thumbnails): Promise<Markup> {
  const { splitDescription, skipped, leaks, dropped } = result;
  const judged = result.metrics.validation;
  return markup`<section><h2>What was held out</h2>
${splitBar(result)}
<p>${splitDescription}${judged?.folds !== undefined && unbroken(` How strongly the head is held back, and how sure it may be, was chosen by ${judged.folds}-fold cross-validation on all that were not held out: judged by fits that had not seen them, ${percent(judged.accuracy)} of these ${thousands(judged.n)} are right.`)}</p>
${lines(
  'Files that could not be used',
  skipped.map(({ path, reason }) => [path, reason]),
)}
${await leakPairs(leaks, thumbnails)}
${lines(
  'More held-out pictures that show a photograph which trained or chose',
  leaks.slice(mostPairs).map(({ trained, heldOut, kind }) => [heldOut, `${kind}: ${trained}`]),
)}
${lines(
  'Copies that were left out',
  dropped.map(({ path, like }) => [path, like === undefined ? 'under several classes' : `like ${like}`]),
)}</section>`;
}

/** Some of the pairs side by side, for the reader to judge. */
async function leakPairs(pairs: RunResult['leaks'], thumbnails: Thumbnails): Promise<Markup | undefined> {
  if (pairs.length === 0) return undefined;
  const figures: Markup[] = [];
  for (const { trained, heldOut, kind } of pairs.slice(0, mostPairs)) {
    const [one, other] = [await thumbnails(trained, trained), await thumbnails(heldOut, heldOut)];
    figures.push(
      markup`<figure>${one}${other}<figcaption><b>${kind}</b><br>${breakable(trained)}<br>${breakable(heldOut)}</figcaption></figure>`,
    );
  }
  return markup`<h3>The same photograph trained, and is held out</h3><div class="pairs">${figures}</div>`;
}

function splitBar({ counts, metrics, baseline }: RunResult): Markup {
  const { train, validation, test } = counts;
  const byTurns = metrics.validation === undefined || metrics.validation.folds !== undefined;
  const chose = byTurns
    ? `trained too${baseline ? ', and told LeNet-5 when to stop' : ''}`
    : 'chose, then trained too';
  const part = (kind: string, count: number, what: string) =>
    markup`<div class="${kind}" style="flex-grow:${count}"><b>${thousands(count)}</b> ${what}</div>`;
  return markup`<div class="split">${part('train', train, 'trained')}${part('validation', validation, chose)}${part('test', test, 'held out, used once')}</div>`;
}

function lines(title: string, rows: readonly (readonly [string, string])[]): Markup | undefined {
  if (rows.length === 0) return undefined;
  const more = rows.length - mostListed;
  return markup`<details${rows.length <= 5 && markup` open`}><summary>${title} (${rows.length})</summary><ul class="small">${rows
    .slice(0, mostListed)
    .map(
      ([path, what]) => markup`<li><code>${breakable(path)}</code> ${what}</li>
`,
    )}${more > 0 && markup`<li>and ${more} more</li>`}</ul></details>`;
}
