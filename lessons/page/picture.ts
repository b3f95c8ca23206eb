import { existsSync } from 'node:fs';
import sharp from 'sharp';
import { heightOf, type Matrix, widthOf } from '../../src/arithmetic/index.js';
import { type Markup, markup } from '../../src/report/markup.js';
import { decodePicture } from '../../src/data/decode.js';
import { UserError } from '../../src/runtime/errors.js';

/** A picture in colour: red, green, blue, 0 to 255, row by row. */
export interface ColourPicture {
  readonly height: number;
  readonly width: number;
  readonly rgb: Uint8Array;
}

export interface Look {
  /** Zero is drawn as middle grey, `strength` times the value around it. Without it values are brightness, 0 to 255. */
  readonly aroundGrey?: number;
  /** Width on the page in pixels. */
  readonly width?: number;
}

/** A map of numbers as a grey picture, or a picture in colour, under its name. Small ones keep their pixels visible. */
export async function drawnPicture(
  name: string,
  picture: Matrix | ColourPicture,
  look: Look,
): Promise<Markup> {
  const { aroundGrey, width: shownWidth = 220 } = look;
  const { height, width, pixels } =
    'rgb' in picture ? { ...picture, pixels: picture.rgb } : greyPixels(picture, aroundGrey);
  const channels = 'rgb' in picture ? 3 : 1;
  const png = await sharp(pixels, { raw: { width, height, channels } })
    .png({ compressionLevel: 9 })
    .toBuffer();
  const shownHeight = Math.round((shownWidth * height) / width);
  return markup`<div class="picture${shownWidth <= 110 ? ' small' : ''}" style="--shown: ${shownWidth}px"><img src="data:image/png;base64,${png.toString('base64')}" width="${shownWidth}" height="${shownHeight}" alt="${name}"><span class="name">${name}</span></div>`;
}

function greyPixels(values: Matrix, aroundGrey: number | undefined) {
  const pixels = Uint8ClampedArray.from(values.flat(), (value) =>
    aroundGrey === undefined ? value : 128 + aroundGrey * value,
  );
  return { height: heightOf(values), width: widthOf(values), pixels };
}

/** A picture file in colour, cut to a square of `side` pixels. */
export async function readColour(file: string, side: number): Promise<ColourPicture> {
  const decode = { height: side, width: side, channels: 3, resize: 'crop' } as const;
  return { height: side, width: side, rgb: await decodePicture(file, decode) };
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
