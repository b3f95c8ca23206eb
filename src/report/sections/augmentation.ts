import { breakable, type Markup, markup } from '../markup.js';
import { unbroken } from '../text.js';
import type { RunResult } from '../../runs/record.js';

/** How training pictures were altered, with some of them: as they are, then as training has seen them. */
export function augmentationSection({ augmented }: RunResult): Markup | undefined {
  if (!augmented) return undefined;
  const picture = (jpeg: Uint8Array, path: string, i: number) => {
    const data = Buffer.from(jpeg).toString('base64');
    const what = i === 0 ? path : `${path}, altered`;
    return markup`<img src="data:image/jpeg;base64,${data}" width="112" height="112" alt="${what}">`;
  };
  return markup`<section><h2>What training saw</h2>
<p class="soft">${unbroken(`Training pictures were ${augmented.how}. Each row: a picture as it is, then as training has seen it. Pictures that choose or are held out were never altered.`)}</p>
${augmented.rows.map(({ path, pictures }) => markup`<div class="altered">${pictures.map((jpeg, i) => picture(jpeg, path, i))}</div><p class="path">${breakable(path)}</p>`)}</section>`;
}
