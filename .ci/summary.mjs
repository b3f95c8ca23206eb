// The figures of `finetune evaluate --json` as Markdown, for a job's summary: node summary.mjs FILE EXIT-CODE
import fs from 'node:fs';

const [file, code] = process.argv.slice(2);
const percent = (/** @type {number} */ share) => `${(100 * share).toFixed(1)} %`;
const range = (/** @type {readonly number[]} */ [low, high]) => `${percent(low)} to ${percent(high)}`;
const points = (/** @type {number} */ share) => `${share > 0 ? '+' : ''}${(100 * share).toFixed(1)} points`;
const p = (/** @type {number} */ value) => (value < 1e-4 ? '< 0.0001' : `= ${value.toPrecision(2)}`);
const cell = (/** @type {unknown} */ text) => String(text).replaceAll('|', '\\|').replace(/\s+/g, ' ');

const words = {
  drop: 'worse, by more than chance',
  gain: 'better, by more than chance',
  chance: 'the difference may be chance',
};

function figures() {
  try {
    return JSON.parse(fs.readFileSync(file ?? '', 'utf8'));
  } catch {
    return undefined;
  }
}

const measured = figures();
const lines = ['## Accuracy', '', `**${code === '0' ? 'Passed' : 'Failed'}** (exit code ${code})`, ''];
if (measured === undefined) {
  lines.push('There are no figures: see what the step says.');
} else {
  const { accuracy, ci95, n, against } = measured;
  lines.push('| | accuracy | 95 % interval | pictures |', '|---|---:|---:|---:|');
  lines.push(`| this run | ${percent(accuracy)} | ${range(ci95)} | ${n} |`);
  if (against) {
    const { all, perClass = [], source } = against;
    lines.push('', `Against ${cell(source)}, on the ${all.n} pictures that both have answered:`, '');
    const interval = all.differenceCi95.map(points).join(' to ');
    lines.push('| | before | now | difference | verdict |', '|---|---:|---:|---:|---|');
    for (const row of [{ label: 'all', ...all }, ...perClass]) {
      const verdict = words[/** @type {keyof typeof words} */ (row.verdict)] ?? row.verdict;
      lines.push(
        `| ${cell(row.label)} | ${percent(row.accuracyBefore)} | ${percent(row.accuracy)} | ${points(row.difference)} | ${cell(verdict)} |`,
      );
    }
    lines.push(
      '',
      `McNemar’s exact test as a whole: p ${p(all.mcnemarP)}; the difference’s 95 % interval ${interval}.`,
    );
    for (const { count, reason } of against.unmatched)
      lines.push('', `Not compared: ${count}, ${cell(reason)}.`);
  }
}
process.stdout.write(`${lines.join('\n')}\n`);
