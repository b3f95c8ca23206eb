import sharp from '../runtime/sharp.js';
import { decodePicture } from './decode.js';
import { pathToOpen } from './names.js';

/** A picture as RGB values 0 to 255, [height, width, 3] in row-major order. */
export interface FittedPicture {
  readonly height: number;
  readonly width: number;
  readonly pixels: Uint8Array;
}

/**
 * A picture in its own proportions, its longer side as told; decoded as for a network.
 *
 * @param least the shorter side is no shorter.
 * @throws PictureError with the reason on one line.
 */
export async function fittedPicture(file: string, longer: number, least = 1): Promise<FittedPicture> {
  const aspect = await aspectOf(file);
  const side = (share: number) => Math.max(least, Math.round(longer * Math.min(1, share)));
  const [height, width] = [side(1 / aspect), side(aspect)];
  const pixels = await decodePicture(file, { height, width, channels: 3, resize: 'squash' });
  return { height, width, pixels };
}

/** Width by height as it is looked at; 1 for kinds that sharp doesn't know. */
async function aspectOf(file: string): Promise<number> {
  const path = pathToOpen(file);
  if (typeof path !== 'string') return 1;
  return sharp(path)
    .metadata()
    .then(({ autoOrient: { width, height } }) => width / height)
    .catch(() => 1);
}
