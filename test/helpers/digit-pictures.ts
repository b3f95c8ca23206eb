import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { digitBitmaps } from '../../src/models/digit-bitmaps.js';

const checkpoint = fileURLToPath(new URL('../../checkpoints/lenet5-mnist/model', import.meta.url));

/** One of the ten digits as MNIST has them, 28×28; each `shift` from 0 to 8 puts it elsewhere. */
export function digitPicture(digit: number, shift: number): Promise<Buffer> {
  const [left, top] = [shift % 3, Math.floor(shift / 3)];
  const pixels = new Uint8Array(28 * 28);
  for (let y = 0; y < 20; y++) {
    for (let x = 0; x < 14; x++) {
      const ink = digitBitmaps[digit]![7 * Math.floor((12 * y) / 20) + Math.floor(x / 2)] === 1;
      if (ink) pixels[28 * (y + 3 + top) + x + 6 + left] = 255;
    }
  }
  return sharp(pixels, { raw: { width: 28, height: 28, channels: 1 } })
    .png()
    .toBuffer();
}

/** A folder of the ten digits, `perClass` of each. */
export async function digitFolder(folder: string, perClass: number): Promise<string> {
  for (let digit = 0; digit < 10; digit++) {
    fs.mkdirSync(path.join(folder, String(digit)), { recursive: true });
    for (let shift = 0; shift < perClass; shift++)
      fs.writeFileSync(path.join(folder, String(digit), `${shift}.png`), await digitPicture(digit, shift));
  }
  return folder;
}

/** The LeNet-5 that we ship as a run; `labels`: what it calls the ten digits. */
export function digitRun(folder: string, labels?: readonly string[]): string {
  const model = path.join(folder, 'model');
  fs.cpSync(checkpoint, model, { recursive: true });
  const file = path.join(model, 'classifier.json');
  const record = JSON.parse(fs.readFileSync(file, 'utf8')) as { labels: readonly string[] };
  fs.writeFileSync(file, JSON.stringify({ ...record, labels: labels ?? record.labels }));
  return folder;
}
