import path from 'node:path';
import sharp, { type OverlayOptions } from '../runtime/sharp.js';
import { fittedPicture } from '../data/fitted.js';
import { printable } from '../runtime/printable.js';
import { escapeMarkup } from './markup.js';
import { signed } from './text.js';

/** What the sheet and the page show of a search. */
export interface ShownSearch {
  readonly title: string;
  readonly queries: readonly ShownQuery[];
}

export interface ShownQuery {
  readonly path: string;
  readonly file: string;
  readonly results: readonly {
    readonly path: string;
    readonly file: string;
    readonly label?: string;
    readonly similarity: number;
    readonly copy: boolean;
  }[];
}

/** Pixels of the sheet. */
const tile = 168;
const gap = 14;
const margin = 28;
const line = 18;
const captionLines = 3;
const header = 64;
const columns = 5;
const cell = { width: tile + gap, height: tile + captionLines * line + gap } as const;
/** Between the query and what is like it. */
const apart = 30;

/** More would make a picture that nothing opens. */
const most = { queries: 16, results: 20 } as const;

/** Letters that fit under a tile. */
const widest = 24;

/** Draws each query beside what was found, in the order of likeness, with rank, similarity and label, as one PNG. */
export async function drawSimilarSheet({ title, queries }: ShownSearch): Promise<Buffer> {
  const shown = queries.slice(0, most.queries);
  const layers: OverlayOptions[] = [];
  const texts: string[] = [];
  let top = header;
  const place = async (file: string, left: number, under: number) => {
    const drawn = await fittedPicture(file, tile).catch(() => undefined);
    if (!drawn) return; // it can't be read any more
    const { pixels, width, height } = drawn;
    layers.push({
      input: Buffer.from(pixels),
      raw: { width, height, channels: 3 },
      left: left + Math.floor((tile - width) / 2),
      top: under + Math.floor((tile - height) / 2),
    });
  };
  const write = (words: string, left: number, under: number, style = '') =>
    texts.push(
      `<text x="${left}" y="${under}" style="${style}">${escapeMarkup(shortened(printable(words)))}</text>`,
    );

  for (const query of shown) {
    await place(query.file, margin, top);
    write('Query', margin, top + tile + line, 'font-weight:bold');
    write(path.basename(query.path), margin, top + tile + 2 * line, soft);
    const results = query.results.slice(0, most.results);
    for (const [i, { file, path: shownPath, label, similarity, copy }] of results.entries()) {
      const left = margin + cell.width + apart + (i % columns) * cell.width;
      const under = top + Math.floor(i / columns) * cell.height;
      await place(file, left, under);
      write(
        `${i + 1} · ${signed(similarity)}${copy ? ' · copy' : ''}`,
        left,
        under + tile + line,
        'font-weight:bold',
      );
      write(label ?? path.basename(shownPath), left, under + tile + 2 * line);
      if (label !== undefined) write(path.basename(shownPath), left, under + tile + 3 * line, soft);
    }
    top += Math.max(1, Math.ceil(results.length / columns)) * cell.height + gap;
  }
  const width = 2 * margin + apart + (columns + 1) * cell.width - gap;
  const left = queries.length - shown.length;
  if (left > 0) texts.push(`<text x="${margin}" y="${top + line}">and ${left} more queries</text>`);
  const height = top + margin + (left > 0 ? line : 0);
  const body = `
    <rect width="${width}" height="${height}" fill="#ffffff"/>
    <style>text{font-family:'DejaVu Sans','Noto Sans','Liberation Sans',Arial,sans-serif;font-size:12.5px;fill:#1d2733}</style>
    <text x="${margin}" y="38" style="font-size:20px;font-weight:bold">${escapeMarkup(printable(title))}</text>
    ${texts.join('')}`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${body}</svg>`;
  return sharp(Buffer.from(svg)).composite(layers).flatten({ background: '#fff' }).png().toBuffer();
}

const soft = 'fill:#5a6675';

/** Too long a text loses its middle. */
function shortened(text: string): string {
  const letters = [...text];
  if (letters.length <= widest) return text;
  const half = Math.floor((widest - 1) / 2);
  return `${letters.slice(0, half).join('')}…${letters.slice(-half).join('')}`;
}
