import sharp, { type OverlayOptions } from '../runtime/sharp.js';
import { printable } from '../runtime/printable.js';
import type { Picture } from './filters.js';

/** A picture on a sheet; `under` is printed below it. */
export interface SheetTile extends Picture {
  readonly under?: string;
}

export interface SheetRow {
  readonly heading: string;
  readonly tiles: readonly SheetTile[];
}

const [margin, gap, headingHeight, underHeight, titleHeight] = [24, 6, 34, 20, 52] as const;

/** Sheets wider than this wrap their rows. */
const mostWide = 1180;

/**
 * Rows of small pictures under headings as one PNG.
 *
 * @param side of a tile in pixels: pictures are enlarged to it, pixel by pixel where they are much smaller.
 */
export async function tileSheet(title: string, rows: readonly SheetRow[], side: number): Promise<Buffer> {
  const columns = Math.max(
    1,
    Math.min(
      Math.floor((mostWide - 2 * margin + gap) / (side + gap)),
      Math.max(...rows.map((r) => r.tiles.length)),
    ),
  );
  const layers: OverlayOptions[] = [];
  const texts: string[] = [];
  const width = Math.max(360, title.length * 11, 2 * margin + columns * (side + gap) - gap);
  let top = titleHeight;
  for (const { heading, tiles } of rows) {
    texts.push(text(heading, margin, top + 20, 'font-size:14px;font-weight:bold'));
    top += headingHeight;
    const lettered = tiles.some(({ under }) => under !== undefined);
    const rowHeight = side + gap + (lettered ? underHeight : 0);
    for (const [i, tile] of tiles.entries()) {
      const left = margin + (i % columns) * (side + gap);
      const at = top + Math.floor(i / columns) * rowHeight;
      layers.push({ input: await enlarged(tile, side), left, top: at });
      if (tile.under !== undefined)
        texts.push(text(shortened(tile.under, side), left, at + side + 15, 'fill:#5a6675'));
    }
    top += Math.ceil(tiles.length / columns) * rowHeight + 8;
  }
  const height = top + margin;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <rect width="${width}" height="${height}" fill="#ffffff"/>
    <style>text{font-family:'DejaVu Sans','Noto Sans','Liberation Sans',Arial,sans-serif;font-size:12px;fill:#1d2733}</style>
    ${text(title, margin, 34, 'font-size:19px;font-weight:bold')}${texts.join('')}</svg>`;
  return sharp(Buffer.from(svg)).composite(layers).flatten({ background: '#fff' }).png().toBuffer();
}

async function enlarged({ rgb, height, width }: Picture, side: number): Promise<Buffer> {
  const kernel = Math.max(height, width) * 4 <= side ? 'nearest' : 'cubic';
  return sharp(rgb, { raw: { height, width, channels: 3 } })
    .resize(side, side, { fit: 'contain', kernel, background: '#ffffff' })
    .png()
    .toBuffer();
}

function text(words: string, x: number, y: number, style: string): string {
  const safe = printable(words).replace(/[&<>]/g, (c) => (c === '&' ? '&amp;' : c === '<' ? '&lt;' : '&gt;'));
  return `<text x="${x}" y="${y}" style="${style}">${safe}</text>`;
}

/** As many letters as fit under a tile, the end of a name, which tells files apart. */
function shortened(words: string, side: number): string {
  const letters = [...words];
  const most = Math.max(4, Math.floor(side / 7.4));
  return letters.length <= most ? words : `…${letters.slice(1 - most).join('')}`;
}
