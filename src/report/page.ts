import { confusionMatrix, surestMistakes } from '../evaluation/mistakes.js';
import { predictedClass } from '../evaluation/predictions.js';
import { confusionChart } from './confusion-chart.js';
import { curveChart } from './curve-chart.js';
import { reportStyle } from './style.js';
import { comparisonSentence } from './summary.js';
import { duration, escapeHtml, percent, percentRange, thousands } from './text.js';
import type { NetworkResult, RunResult } from './types.js';

const mostMistakes = 24;

/** The report as one self-contained HTML page: no scripts, nothing loaded from anywhere. */
export async function reportPage(result: RunResult): Promise<string> {
  const sections = [
    verdict(result),
    warnings(result),
    curves(result),
    confusion(result),
    perClass(result),
    await mistakes(result),
    heldOut(result),
    making(result),
  ];
  const title = `${escapeHtml(result.transferred.title)} on ${escapeHtml(result.name)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${reportStyle}</style>
</head>
<body>
<main>
${sections.filter(Boolean).join('\n')}
</main>
</body>
</html>
`;
}

function verdict(result: RunResult): string {
  const { transferred, baseline, labels } = result;
  const networks = [transferred, ...(baseline ? [baseline] : [])];
  const rows = networks.map(
    (network, i) => `<tr>
<th scope="row">${escapeHtml(network.title)}</th>
<td class="number big">${percent(network.test.accuracy)}</td>
<td>${gauge(network, i === 0 ? 'transferred' : 'baseline')}</td>
<td class="number">${percentRange(network.test.ci95)}</td>
${network.test.top5 === undefined ? '' : `<td class="number optional">${percent(network.test.top5)}</td>`}
<td class="number optional">${thousands(network.trainableParameters)}</td>
<td class="number optional">${duration(network.seconds)}</td>
</tr>`,
  );
  const top5 = transferred.test.top5 === undefined ? '' : '<th class="number optional">top-5</th>';
  return `<header>
<h1>${escapeHtml(transferred.title)} gets ${percent(transferred.test.accuracy)} of ${transferred.test.n} held-out pictures right</h1>
<p class="soft">${labels.length} classes. ${escapeHtml(comparisonSentence(result) || 'Trained without a baseline.')}</p>
</header>
<div class="scroll"><table class="verdict">
<thead><tr><th></th><th class="number">accuracy</th><th>0 to 100 %, with 95 % interval</th><th class="number">95 % interval</th>${top5}<th class="number optional">trainable parameters</th><th class="number optional">time</th></tr></thead>
<tbody>${rows.join('')}</tbody>
</table></div>`;
}

function gauge({ title, test }: NetworkResult, kind: 'transferred' | 'baseline'): string {
  const x = (share: number) => (6 + 188 * share).toFixed(1);
  const label = escapeHtml(`${title}: ${percent(test.accuracy)}, 95 % interval ${percentRange(test.ci95)}`);
  return `<svg class="gauge" viewBox="0 0 200 22" role="img" aria-label="${label}"><line class="track" x1="6" x2="194" y1="11" y2="11"/><line class="span ${kind}" x1="${x(test.ci95[0])}" x2="${x(test.ci95[1])}" y1="11" y2="11"/><circle class="dot ${kind}" cx="${x(test.accuracy)}" cy="11" r="5"/></svg>`;
}

function warnings({ warnings: texts, nearDuplicates, skipped }: RunResult): string {
  const notes = [...texts];
  if (nearDuplicates.length > 0) {
    const { trained, heldOut: held } = nearDuplicates[0]!;
    notes.push(
      `${nearDuplicates.length === 1 ? 'One held-out picture looks' : `${nearDuplicates.length} held-out pictures look`} the same as one that was trained on, so the figures may flatter: ${held} like ${trained}${nearDuplicates.length > 1 ? ' and others' : ''}.`,
    );
  }
  if (skipped.length > 0)
    notes.push(
      `${skipped.length} ${skipped.length === 1 ? 'file' : 'files'} could not be used; listed below.`,
    );
  return notes.map((note) => `<p class="note">${escapeHtml(note)}</p>`).join('\n');
}

function curves({ transferred, baseline }: RunResult): string {
  const networks = [transferred, ...(baseline ? [baseline] : [])];
  const figures = networks.flatMap(({ title, history }) =>
    history.length === 0
      ? []
      : (['accuracy', 'loss'] as const).map(
          (what) =>
            `<figure><figcaption>${escapeHtml(title)}: ${what}</figcaption>${curveChart(history, what)}</figure>`,
        ),
  );
  return `<section><h2>Learning curves</h2><div class="columns">${figures.join('')}</div></section>`;
}

function confusion({ transferred, labels }: RunResult): string {
  const chart = confusionChart(confusionMatrix(transferred.predictions, labels.length), labels);
  return `<section><h2>What is taken for what</h2><div class="scroll">${chart}</div></section>`;
}

function perClass({ transferred }: RunResult): string {
  const rows = Object.entries(transferred.test.perClass)
    .sort(([, a], [, b]) => a.accuracy - b.accuracy)
    .map(
      ([label, row]) => `<tr><th scope="row">${escapeHtml(label)}</th>
<td class="number">${percent(row.accuracy)}</td><td class="optional"><span class="share" style="width:${(120 * row.accuracy).toFixed(0)}px"></span></td>
<td class="number">${percentRange(row.ci95)}</td><td class="number optional">${row.precision === null ? '–' : percent(row.precision)}</td><td class="number">${row.n}</td></tr>`,
    );
  return `<section><h2>Class by class, the hardest first</h2><div class="scroll"><table>
<thead><tr><th>class</th><th class="number">recognised</th><th class="optional"></th><th class="number">95 % interval</th><th class="number optional">right when said</th><th class="number">pictures</th></tr></thead>
<tbody>${rows.join('')}</tbody></table></div></section>`;
}

async function mistakes({ transferred, labels, thumbnail }: RunResult): Promise<string> {
  const worst = surestMistakes(transferred.predictions, mostMistakes);
  if (worst.length === 0) {
    return '<section><h2>Mistakes</h2><p>None on the held-out pictures.</p></section>';
  }
  const items = await Promise.all(
    worst.map(async ({ path, label, probabilities }) => {
      const answer = predictedClass(probabilities);
      const jpeg = await thumbnail(path);
      const picture = jpeg
        ? `<img class="picture" alt="${escapeHtml(labels[label]!)}, taken for ${escapeHtml(labels[answer]!)}" src="data:image/jpeg;base64,${Buffer.from(jpeg).toString('base64')}">`
        : '<span class="picture"></span>';
      return `<li>${picture}<b>${escapeHtml(labels[label]!)}</b>, taken for <b class="wrong">${escapeHtml(labels[answer]!)}</b> (${percent(probabilities[answer]!)})<br><span class="soft">${escapeHtml(path)}</span></li>`;
    }),
  );
  return `<section><h2>The surest mistakes</h2><ul class="gallery">${items.join('')}</ul></section>`;
}

function heldOut({ splitDescription, counts, skipped, nearDuplicates }: RunResult): string {
  const list = (title: string, lines: readonly string[]) =>
    lines.length === 0
      ? ''
      : `<details><summary>${title} (${lines.length})</summary><ul class="small">${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul></details>`;
  return `<section><h2>What was held out</h2>
<p>${escapeHtml(splitDescription)} ${counts.train} pictures trained, ${counts.validation} chose and then trained too, ${counts.test} were held out and used once, for the figures above.</p>
${list(
  'Files that could not be used',
  skipped.map(({ path, reason }) => `${path}: ${reason}`),
)}
${list(
  'Held-out pictures that look like trained ones',
  nearDuplicates.map(({ trained, heldOut: held }) => `${held} like ${trained}`),
)}</section>`;
}

function making({ command, config, metrics }: RunResult): string {
  const { timing } = metrics;
  const times = `Decoding ${timing.decodeMsPerImage.toFixed(1)} ms and the frozen base ${timing.extractMsPerImage.toFixed(1)} ms a picture that was not in the cache; training ${duration(timing.trainSeconds)}; ${duration(timing.totalSeconds)} in all, on ${metrics.device}, ${metrics.precision}.`;
  const settings = Object.entries(config).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).map(([inner, v]) => [`${name}.${inner}`, v] as const)
      : [[name, value] as const],
  );
  const rows = settings.map(
    ([name, value]) =>
      `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(typeof value === 'string' ? value : JSON.stringify(value))}</dd>`,
  );
  return `<section><h2>How it was made</h2><pre>${escapeHtml(command)}</pre><p class="small soft">${escapeHtml(times)}</p>
<details><summary>All settings</summary><dl>${rows.join('')}</dl></details></section>`;
}
