import sharp, { type OverlayOptions } from '../runtime/sharp.js';
import { type DecodeOptions, decodePicture } from '../data/decode.js';
import { mapColour } from './colour-map.js';
import type { ExplainedPicture, Explanation } from './explanation.js';
import { overlay } from './overlay.js';
import { captionOf, legend, titleOf } from './sheet-text.js';

/** Pixels of the sheet. */
const tile = 272;
const gap = 8;
const margin = 28;
const card = { width: 2 * tile + gap, spacing: 34 } as const;
const line = 21;
const captionLines = 8;
const titleLine = 26;
const header = 38;
const footer = 62;

/** More would make a picture that nothing opens. */
const mostOnSheet = 60;

interface Tile {
  readonly rgb: Uint8Array;
  readonly height: number;
  readonly width: number;
}

/**
 * Draws every picture beside itself under its map, with its figures, as one PNG.
 *
 * @param files of the pictures, in their order.
 */
export async function drawContactSheet(
  explanation: Explanation,
  files: readonly string[],
  decode: DecodeOptions,
): Promise<Buffer> {
  const shown = explanation.pictures.slice(0, mostOnSheet);
  const columns = shown.length > 4 ? 3 : Math.min(2, shown.length);
  const rows = Math.ceil(shown.length / columns);
  const tiles: Tile[] = [];
  for (const file of files.slice(0, shown.length)) tiles.push(await tileOf(file, decode));
  const tallest = Math.max(...tiles.map((one) => one.height));
  const cardHeight = tallest + gap + captionLines * line;
  const width = 2 * margin + columns * card.width + (columns - 1) * card.spacing;
  const left = explanation.pictures.length - shown.length;
  const room = width - 2 * margin;
  const title = inLines(titleOf(explanation), room / 12.5);
  const notes = inLines(legend(explanation, left), room / 7.9);
  const [start, end] = [header + titleLine * title.length, footer + line * notes.length];
  const height = start + rows * (cardHeight + card.spacing) + end;
  const layers: OverlayOptions[] = [];
  const texts: string[] = [];
  for (const [i, picture] of shown.entries()) {
    const left = margin + (i % columns) * (card.width + card.spacing);
    const top = start + Math.floor(i / columns) * (cardHeight + card.spacing);
    const drawn = tiles[i]!;
    const [beside, under] = [left + inset(drawn.width, tile), top + inset(drawn.height, tallest)];
    layers.push(placed(drawn, drawn.rgb, beside, under));
    layers.push(placed(drawn, overlay(drawn.rgb, drawn, picture.map), beside + tile + gap, under));
    texts.push(caption(picture, left, top + tallest + gap));
  }
  const lines = (texts: readonly string[], top: number, height: number, style: string) =>
    texts.map(
      (text, i) => `<text x="${margin}" y="${top + i * height}" style="${style}">${escaped(text)}</text>`,
    );
  const body = `
    <rect width="${width}" height="${height}" fill="#ffffff"/>
    <style>text{font-family:'DejaVu Sans','Noto Sans','Liberation Sans',Arial,sans-serif;font-size:13.5px;fill:#1d2733}</style>
    ${lines(title, 38, titleLine, 'font-size:20px;font-weight:bold').join('')}
    ${texts.join('')}${colourBar(height - end + 6)}
    ${lines(notes, height - end + footer - 12, line, 'fill:#5a6675').join('')}`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${body}</svg>`;
  return sharp(Buffer.from(svg))
    .composite(layers)
    .flatten({ background: '#fff' })
    .png({ palette: false })
    .toBuffer();
}

/** Whether this machine has a font to letter the sheet with; without one, as in bare containers, all letters are alike. */
export async function hasFonts(): Promise<boolean> {
  const [one, other] = await Promise.all(['IIII', '0000'].map(drawnText));
  return !one!.equals(other!);
}

function drawnText(text: string): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="80" height="30"><text x="4" y="22">${text}</text></svg>`;
  return sharp(Buffer.from(svg)).raw().toBuffer();
}

const inset = (side: number, whole: number) => Math.floor((whole - side) / 2);

function placed({ width, height }: Tile, rgb: Uint8Array, left: number, top: number): OverlayOptions {
  return { input: Buffer.from(rgb), raw: { width, height, channels: 3 }, left, top };
}

/** What the network sees of a picture: all of it in its own proportions, or what cropping or bars left. */
async function tileOf(file: string, decode: DecodeOptions): Promise<Tile> {
  const aspect = decode.resize === 'squash' ? await aspectOf(file) : decode.width / decode.height;
  const width = Math.max(1, Math.round(aspect >= 1 ? tile : tile * aspect));
  const height = Math.max(1, Math.round(aspect >= 1 ? tile / aspect : tile));
  const rgb = await decodePicture(file, { height, width, channels: 3, resize: decode.resize });
  return { rgb, height, width };
}

/** Width by height as it is looked at; 1 for kinds that sharp doesn't know. */
async function aspectOf(file: string): Promise<number> {
  return sharp(file)
    .metadata()
    .then(({ autoOrient: { width, height } }) => width / height)
    .catch(() => 1);
}

function caption(picture: ExplainedPicture, left: number, top: number): string {
  return captionOf(picture)
    .map(({ text, colour, bold }, i) => {
      const style = `${colour ? `fill:${colour};` : ''}${bold ? 'font-weight:bold' : ''}`;
      return `<text x="${left}" y="${top + (i + 0.75) * line}" style="${style}">${escaped(text)}</text>`;
    })
    .join('');
}

/** A text in lines of at most so many letters, broken between words. */
function inLines(text: string, most: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= most)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** What the colours mean. */
function colourBar(top: number): string {
  const [steps, width] = [81, 324];
  const cells = Array.from({ length: steps }, (_, i) => {
    const colour = mapColour(0.6, (2 * i) / (steps - 1) - 1);
    const x = margin + 62 + (i * width) / steps;
    return `<rect x="${x}" y="${top}" width="${width / steps + 0.5}" height="16" fill="rgb(${colour.join(',')})"/>`;
  });
  const y = top + 13;
  return `<text x="${margin}" y="${y}">against</text>${cells.join('')}<text x="${margin + 62 + width + 10}" y="${y}">for</text>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (c) => (c === '&' ? '&amp;' : c === '<' ? '&lt;' : '&gt;'));
}
