import { deviceWarning } from '../../runtime/device-facts.js';
import { type Markup, markup } from '../markup.js';
import type { RunResult } from '../../runs/record.js';

/** What a reader must know before believing the figures. */
export function notesSection(result: RunResult): Markup | undefined {
  const notes = [...deviceNote(result), ...result.warnings, ...leftOut(result)];
  if (notes.length === 0) return undefined;
  return markup`<aside aria-label="Before you believe the figures">${notes.map((note) => markup`<p class="note">${note}</p>`)}</aside>`;
}

function deviceNote({ device }: RunResult): string[] {
  const warning = deviceWarning(device);
  return warning ? [warning] : [];
}

function leftOut({ skipped }: RunResult): string[] {
  if (skipped.length === 0) return [];
  return [
    `${skipped.length === 1 ? 'One file' : `${skipped.length} files`} could not be used; listed at the end.`,
  ];
}
