import { type Markup, markup } from '../markup.js';
import { duration, thousands, unbroken } from '../text.js';
import type { RunMetrics, RunResult } from '../../runs/record.js';

/** The command, the machine, the times and every setting: what it takes to do it again. */
export function makingSection({ command, config, metrics, device, features }: RunResult): Markup {
  const { timing, parameters } = metrics;
  const machine = device.used === 'gpu' ? 'the GPU' : `the CPU (${device.cpu}, ${device.cores} cores in use)`;
  const facts: [string, string][] = [
    ['computed on', `${machine}, ${metrics.precision}`],
    ['in all', duration(timing.totalSeconds)],
    ['training', duration(timing.trainSeconds)],
    ['frozen base', frozenBase(timing)],
    ['features', features],
    ['parameters', `${thousands(parameters.trainable)} trained, ${thousands(parameters.frozen)} frozen`],
    ['seed', String(config['seed'] ?? 'none')],
    ['versions', versions(config['versions'])],
  ];
  return markup`<section><h2>How it was made</h2>
<pre><code>${command}</code></pre>
<dl class="facts">${facts.map(([name, value]) => markup`<dt>${name}</dt><dd>${unbroken(value)}</dd>`)}</dl>
<details><summary>All settings</summary><dl class="facts">${settings(config).map(([name, value]) => markup`<dt>${name}</dt><dd>${value}</dd>`)}</dl></details></section>`;
}

function frozenBase({ decodeMsPerImage, extractMsPerImage }: RunMetrics['timing']): string {
  if (extractMsPerImage === 0) return 'all features came from the cache';
  const [decode, extract] = [decodeMsPerImage.toFixed(1), extractMsPerImage.toFixed(1)];
  return `${extract} ms and decoding ${decode} ms a picture that was not in the cache`;
}

function versions(value: unknown): string {
  if (typeof value !== 'object' || value === null) return 'not known';
  return Object.entries(value)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
}

/** Settings in settings are named `outer.inner`. */
function settings(config: Readonly<Record<string, unknown>>, before = ''): [string, string][] {
  return Object.entries(config).flatMap(([name, value]): [string, string][] => {
    if (value === undefined) return [];
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return settings(value as Record<string, unknown>, `${before}${name}.`);
    }
    return [[before + name, typeof value === 'string' ? value : JSON.stringify(value)]];
  });
}
