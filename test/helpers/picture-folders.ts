import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { onTestFinished } from 'vitest';
import { Random } from '../../src/runtime/random.js';

/** A folder for one test, removed when it ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'finetune-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

type Format = 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'avif';

/** The bytes of a small noisy picture; another seed, another picture. */
export async function pictureBytes(
  seed: number,
  format: Format = 'png',
  width = 12,
  height = 10,
): Promise<Buffer> {
  const random = new Random(seed);
  const pixels = Uint8Array.from({ length: width * height * 3 }, () => random.below(256));
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .toFormat(format)
    .toBuffer();
}

/** A folder with these files; a number stands for `pictureBytes` of that seed. */
export async function folderOf(files: Readonly<Record<string, number | string | Buffer>>): Promise<string> {
  const root = await temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, typeof content === 'number' ? await pictureBytes(content) : content);
  }
  return root;
}

/** A PNG that claims a size and holds no pixels. */
export function hollowPng(width: number, height: number): Buffer {
  const header = Buffer.alloc(17);
  header.write('IHDR', 'latin1');
  header.writeUInt32BE(width, 4);
  header.writeUInt32BE(height, 8);
  header.set([1, 0, 0, 0, 0], 12);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const rest = [header, Buffer.from('IDAT'), Buffer.from('IEND')].map(pngChunk);
  return Buffer.concat([signature, ...rest]);
}

/** A chunk of a PNG; `body`: its type and data. */
export function pngChunk(body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length - 4);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

function crc32(bytes: Buffer): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
