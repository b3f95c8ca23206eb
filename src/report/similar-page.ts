import { fittedPicture } from '../data/fitted.js';
import sharp from '../runtime/sharp.js';
import { htmlPage } from './html-page.js';
import { breakable, type Markup, markup } from './markup.js';
import type { ShownQuery, ShownSearch } from './similar-sheet.js';
import { signed } from './text.js';

/** Of all pictures of the page together, before base64: what a mail takes. */
const mostBytes = 12_000_000;

const side = 200;

/**
 * The search as one self-contained page: each query, and below it what was found, with rank, similarity, label and path.
 * No scripts, nothing loaded from anywhere, which its content security policy enforces.
 */
export async function similarPage({ title, queries }: ShownSearch): Promise<string> {
  let bytes = 0;
  const picture = async (file: string, description: string): Promise<Markup> => {
    const jpeg = bytes < mostBytes ? await small(file) : undefined;
    if (!jpeg) return markup`<div class="missing">no picture</div>`;
    bytes += jpeg.length;
    const data = jpeg.toString('base64');
    return markup`<img src="data:image/jpeg;base64,${data}" width="${side}" height="${side}" alt="${description}" loading="lazy">`;
  };
  const sections: Markup[] = [];
  for (const query of queries) sections.push(await section(query, picture));
  return htmlPage(title, [markup`<h1>${title}</h1>`, ...sections], ownStyle);
}

const ownStyle = `
.query { display: flex; gap: 18px; align-items: center; } .query img, .query .missing { width: 160px; height: 160px; border-radius: 6px; object-fit: contain; background: var(--panel); }
.query h2 { overflow-wrap: anywhere; } .gallery img { object-fit: contain; } .gallery .rank { font-weight: 650; font-variant-numeric: tabular-nums; }
.gallery p { margin: 0; }
@media (max-width: 640px) { .query img, .query .missing { width: 110px; height: 110px; } }
`;

async function section(
  { path, file, results }: ShownQuery,
  picture: (file: string, description: string) => Promise<Markup>,
): Promise<Markup> {
  const items: Markup[] = [];
  for (const [i, found] of results.entries()) {
    const { label } = found;
    const image = await picture(found.file, label === undefined ? found.path : `${label}: ${found.path}`);
    items.push(markup`<li>${image}<p><span class="rank">${i + 1}</span> · ${signed(found.similarity)}${found.copy && ' · copy'}</p>
${label !== undefined && markup`<p>${label}</p>`}<p class="path">${breakable(found.path)}</p></li>`);
  }
  return markup`<section>
<div class="query">${await picture(file, `The query: ${path}`)}<h2>${breakable(path)}</h2></div>
<ol class="gallery">${items}</ol>
</section>
`;
}

/** Undefined where it can't be read any more. */
async function small(file: string): Promise<Buffer | undefined> {
  try {
    const { pixels, width, height } = await fittedPicture(file, side);
    return await sharp(pixels, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 80 })
      .toBuffer();
  } catch {
    return undefined;
  }
}
