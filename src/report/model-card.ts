import { createHash } from 'node:crypto';
import type { SplitRecord } from '../data/split-record.js';
import { type Confusion, confusionMatrix, frequentConfusions } from '../evaluation/mistakes.js';
import type { SavedRun } from '../runs/read-run.js';
import { percent, percentRange, pValue, thousands } from './text.js';

/** Its file in an export's folder. */
export const modelCardFile = 'MODEL_CARD.md';

/** Classes of which the card tells apart what is confused and what is weak. */
const mostNamed = 5;

/**
 * What whoever gets the model should know of it, as Markdown, after Mitchell et al. 2019, "Model Cards for Model
 * Reporting": what it was trained on, how good it is and against what, what it confuses, its limits, licences.
 *
 * @param split the run's split.json; without it nothing is said of the pictures.
 */
export function modelCard(run: SavedRun, split: SplitRecord | undefined): string {
  const { labels, metrics, config } = run;
  const base = text(config['base']) ?? 'a pretrained network';
  return (
    [
      `# A classifier of ${labels.length} classes`,
      `It tells ${list(labels.map(code))} apart. A new head on ${base}, whose ${
        config['fromScratch']
          ? 'layers were trained from random weights'
          : config['unfreeze']
            ? `layers from ${code(text(config['unfreeze'])!)} on were trained further`
            : 'layers stayed as published'
      }; made by finetune ${version(config)}${date(config)}.`,
      '## How good it is',
      accuracyText(run),
      '## What it confuses',
      confusionsText(run),
      '## What it was trained on',
      split ? picturesText(split) : 'The run has no split.json: nothing is known of its pictures.',
      '## Limits',
      limitsText(labels, metrics.test.n, config),
      '## Weights and licence',
      weightsText(config, metrics.parameters),
      '## How to use it',
      'README.md beside this file has a short program; how-to-use.json says the same to programs.',
    ].join('\n\n') + '\n'
  );
}

function accuracyText({ metrics }: SavedRun): string {
  const { test, comparison, baseline, frozen } = metrics;
  const rows = [
    ['this model', test] as const,
    ...(frozen ? [['its head on the frozen base', frozen.test] as const] : []),
    ...(baseline ? [['LeNet-5 from scratch', baseline.test] as const] : []),
  ].map(
    ([name, { accuracy, ci95, logLoss }]) =>
      `| ${name} | ${percent(accuracy)} | ${percentRange(ci95)} | ${logLoss.toFixed(3)} |`,
  );
  const against = comparison
    ? `\n\nAgainst LeNet-5 on the same pictures: ${(100 * comparison.difference).toFixed(1)} points (95 % interval ${comparison.differenceCi95
        .map((end) => (100 * end).toFixed(1))
        .join(' to ')}; McNemar ${pValue(comparison.mcnemarP)}).`
    : '';
  return `On ${thousands(test.n)} pictures that were held out of training and of every choice:

| | accuracy | 95 % interval (Wilson) | log loss |
|---|---|---|---|
${rows.join('\n')}

Its probabilities are off by ${percent(test.calibrationError)} on average (expected calibration error).${against}`;
}

function confusionsText({ labels, metrics, predictions }: SavedRun): string {
  const confusions = frequentConfusions(confusionMatrix(predictions, labels.length), mostNamed);
  const line = ({ label: truth, answer, count }: Confusion) =>
    `- ${code(labels[truth]!)} taken for ${code(labels[answer]!)}: ${count} of ${predictions.filter(({ label }) => label === truth).length}`;
  const weakest = Object.entries(metrics.test.perClass)
    .filter(([, { accuracy }]) => accuracy < metrics.test.accuracy)
    .sort(([, a], [, b]) => a.accuracy - b.accuracy)
    .slice(0, mostNamed)
    .map(
      ([label, { accuracy, ci95, n }]) =>
        `| ${label.replaceAll('|', '\\|')} | ${percent(accuracy)} | ${percentRange(ci95)} | ${n} |`,
    );
  if (confusions.length === 0) return 'None of the held-out pictures.';
  return `${confusions.map(line).join('\n')}

Classes below its average:

| class | accuracy | 95 % interval | pictures |
|---|---|---|---|
${weakest.join('\n')}`;
}

function picturesText({ how, train, validation, test, labels }: SplitRecord): string {
  const digest = createHash('sha256');
  for (const one of [...train, ...validation].map((picture) => picture.digest).sort()) digest.update(one);
  const [trained, chosen, held] = [train.length, validation.length, test.length].map(thousands);
  return `${how} ${trained} pictures for training, ${chosen} for choosing, ${held} held out, of ${labels.length} classes.

Pictures that trained or chose are known by SHA-256 \`${digest.digest('hex')}\` (of their digests in order, in hexadecimal);
split.json in the run's folder names each.`;
}

function limitsText(labels: readonly string[], heldOut: number, config: SavedRun['config']): string {
  const base = config['fromScratch']
    ? 'The network has seen these pictures alone: what they lack or show one-sidedly, it knows nothing of.'
    : 'The base learnt from ImageNet, photographs of the web: what these lack or show one-sidedly, it may see badly.';
  return `- It answers with one of ${labels.length} classes whatever it is shown. What is in none of them gets one all the same.
- The figures above hold for pictures like the ${thousands(heldOut)} held-out ones: other cameras, places or seasons can be harder. Measure
  it on pictures of your own: \`finetune evaluate RUN --data DIR\`.
- ${base}`;
}

function weightsText(
  config: SavedRun['config'],
  { trainable, frozen }: SavedRun['metrics']['parameters'],
): string {
  if (config['fromScratch']) {
    return `All ${thousands(trainable)} parameters were trained here, from random weights. The terms of the training pictures hold for this model too.`;
  }
  const { digest, licence } = (config['baseWeights'] ?? {}) as { digest?: string; licence?: string };
  return `${thousands(frozen)} parameters are published ones (licence: ${licence ?? 'unknown'}; digest of the tensors \`${digest ?? 'unknown'}\`), ${thousands(
    trainable,
  )} were trained here. The terms of the published weights and those of the training pictures hold for this model too.`;
}

function version(config: SavedRun['config']): string {
  return (
    text((config['versions'] as Record<string, unknown> | undefined)?.['finetune']) ?? 'of an unknown version'
  );
}

function date(config: SavedRun['config']): string {
  const day = text(config['date'])?.slice(0, 10);
  return day ? ` on ${day}` : '';
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function code(name: string): string {
  return `\`${name.replaceAll('`', "'")}\``;
}

function list(names: readonly string[]): string {
  const shown = names.length > 12 ? [...names.slice(0, 11), `${names.length - 11} more`] : names;
  return `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}
