import type { FoldFigures, HeadChoice } from '../../training/blend-choice.js';
import { headTexts } from '../../training/blend-choice.js';
import { type Markup, markup } from '../markup.js';
import { percent, percentRange, points, thousands, unbroken } from '../text.js';
import type { RunResult } from '../../runs/record.js';

/** What a search for the best head chose, what each part of it brings, and what the choice is worth on other pictures. */
export function choiceSection({ metrics: { choice } }: RunResult): Markup | undefined {
  if (!choice) return undefined;
  const { tried, corrected, cutShort } = choice;
  const flattery = points(corrected.flattery);
  const ended = cutShort ? ' The search was ended by the amount of work allowed.' : '';
  return markup`<section><h2>What was chosen</h2>
<p>${unbroken(`Of ${thousands(tried)} settings the one with the lowest log loss on training pictures that were left out of the fit, where what costs more time must be worth it.${ended} Its own figure there, ${percent(choice.accuracy)}, is the best of many and flatters itself by ${flattery} points: on other pictures ${percent(corrected.accuracy)} (95 % ${percentRange(corrected.ci95)}) may be expected, by bootstrap bias-corrected cross-validation.`)}</p>
<table><thead><tr><th scope="col">setting</th><th scope="col" class="number">log loss</th><th scope="col" class="number">accuracy</th></tr></thead>
<tbody>${rowsOf(choice).map(
    ([name, { logLoss, accuracy }]) =>
      markup`<tr><th scope="row">${name}</th><td class="number">${logLoss.toFixed(3)}</td><td class="number">${unbroken(percent(accuracy))}</td></tr>`,
  )}</tbody></table>
${choice.left.length > 0 && markup`<p class="soft small">Tried and left out: ${choice.left.join(', ')}.</p>`}</section>`;
}

function rowsOf(choice: HeadChoice): [string, FoldFigures][] {
  const { head, mirrored, sources, heads, otherView } = choice;
  const views = mirrored ? ', of the picture and its mirror image' : '';
  const used = sources.map(({ name, weight }) => (weight === 1 ? name : `${name} × ${weight}`));
  return [
    [`Chosen: ${headTexts[head]} on ${used.join(', ')}${views}`, choice],
    ...heads
      .filter((other) => other.head !== head)
      .map((other): [string, FoldFigures] => [`${headTexts[other.head]} on the same`, other]),
    ...sources.flatMap(({ name, without }): [string, FoldFigures][] =>
      without ? [[`logistic regression without ${name}`, without]] : [],
    ),
    ...(otherView
      ? [
          [
            mirrored
              ? 'logistic regression on the picture alone'
              : 'logistic regression with its mirror image',
            otherView,
          ] as [string, FoldFigures],
        ]
      : []),
  ];
}
