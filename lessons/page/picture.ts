import { existsSync } from 'node:fs';
import sharp from 'sharp';
import { heightOf, type Matrix, widthOf } from '../../src/arithmetic/index.js';
import { type Markup, markup } from '../../src/report/markup.js';
import { UserError } from '../../src/runtime/errors.js';

export interface Look {
  /** Zero is drawn as middle grey, `strength` times the value around it. Without it values are brightness, 0 to 255. */
  readonly aroundGrey?: number;
  /** Width on the page in pixels. */
  readonly width?: number;
}

/** A map of numbers as a grey picture, under its name. Small maps keep their pixels visible. */
export async function greyPicture(name: string, values: Matrix, look: Look): Promise<Markup> {
  const [height, width] = [heightOf(values), widthOf(values)];
  const { aroundGrey, width: shownWidth = 220 } = look;
  const pixels = Uint8ClampedArray.from(values.flat(), (value) =>
    aroundGrey === undefined ? value : 128 + aroundGrey * value,
  );
  const png = await sharp(Buffer.from(pixels), { raw: { width, height, channels: 1 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
  const shownHeight = Math.round((shownWidth * height) / width);
  return markup`<div class="picture"><img src="data:image/png;base64,${png.toString('base64')}" width="${shownWidth}" height="${shownHeight}" alt="${name}"><span class="name">${name}</span></div>`;
}

/** A picture file as a map of brightness, 0 to 255, cut to a square of `side` pixels. */
export async function readGrey(file: string, side: number): Promise<Matrix> {
  if (!existsSync(file)) {
    throw new UserError(`Expected a picture at '${file}' but nothing is there: check the path.`);
  }
  const { data, info } = await sharp(file)
    .rotate()
    .resize(side, side)
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return Array.from({ length: info.height }, (_, row) =>
    Array.from({ length: info.width }, (_, column) => data[(row * info.width + column) * info.channels]!),
  );
}
