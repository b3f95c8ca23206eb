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
