import { deviceWarning } from '../../runtime/device-facts.js';
import { type Markup, markup } from '../markup.js';
import type { RunResult } from '../../runs/record.js';

/** What a reader must know before believing the figures. */
export function notesSection(result: RunResult): Markup | undefined {
  const notes = [...deviceNote(result), ...result.warnings, ...imagenetNote(result), ...leftOut(result)];
  if (notes.length === 0) return undefined;
  return markup`<aside aria-label="Before you believe the figures">${notes.map((note) => markup`<p class="note">${note}</p>`)}</aside>`;
}

function deviceNote({ device }: RunResult): string[] {
  const warning = deviceWarning(device);
  return warning ? [warning] : [];
}

/** Classes that the base has learned already are not what transfer to other pictures is like. */
function imagenetNote({ metrics: { imagenet }, labels }: RunResult): string[] {
  if (!imagenet || imagenet.length === 0) return [];
  const shown = imagenet.slice(0, 6).map(({ label }) => label);
  const more = imagenet.length - shown.length;
  const names = `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  const all = imagenet.length === labels.length;
  return [
    `${all ? 'These classes are' : `${imagenet.length} of these ${labels.length} classes ${imagenet.length === 1 ? 'is' : 'are'}`} ImageNet’s own, by name: ${names}. The base has learned them already, from about 1,300 pictures each, so transfer is easier here than it may be for other pictures.${all ? '' : ' Others may be among ImageNet’s under another name.'}`,
  ];
}

function leftOut({ skipped }: RunResult): string[] {
  if (skipped.length === 0) return [];
  return [
    `${skipped.length === 1 ? 'One file' : `${skipped.length} files`} could not be used; listed at the end.`,
  ];
}
