import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';

const run = (...args: string[]) =>
  execFileSync(process.execPath, ['--import', 'tsx', 'scripts/convolution-by-hand.ts', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });

test('the walk through the arithmetic prints the course’s results', () => {
  const printed = run();
  for (const row of ['2 −1  2      2  2', '2.33: does not fit', '165 144  90', '14,450,688 weights', '6 8']) {
    expect(printed).toContain(row);
  }
});

test('with a photo it writes a sheet of nine filtered pictures', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'finetune-filters-'));
  try {
    const photo = join(folder, 'photo.jpg');
    const sheet = join(folder, 'filters.png');
    await sharp({ create: { width: 60, height: 40, channels: 3, background: '#4080c0' } }).toFile(photo);
    run(photo, sheet);
    expect(await sharp(sheet).metadata()).toMatchObject({ format: 'png', width: 720, height: 804 });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
