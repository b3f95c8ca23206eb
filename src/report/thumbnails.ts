import { type Markup, markup } from './markup.js';
import type { RunResult } from '../runs/record.js';

/** Of all thumbnails of a page together: a third more in base64, and the page is still light enough for a mail. */
const mostBytes = 900_000;

/** Draws the picture of a path, or an empty frame when it cannot be read any more or the page has grown too large. */
export type Thumbnails = (path: string, description: string) => Promise<Markup>;

/** The thumbnails of one page, which together stay within its size. */
export function thumbnailsOf({ thumbnail }: Pick<RunResult, 'thumbnail'>): Thumbnails {
  let bytes = 0;
  return async (path, description) => {
    const jpeg = bytes < mostBytes ? await thumbnail(path) : undefined;
    bytes += jpeg?.length ?? 0;
    if (!jpeg || bytes > mostBytes) return markup`<div class="missing">no picture</div>`;
    const data = Buffer.from(jpeg).toString('base64');
    return markup`<img src="data:image/jpeg;base64,${data}" width="160" height="160" alt="${description}">`;
  };
}
