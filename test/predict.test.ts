/** `finetune predict` as a program with its results: the LeNet-5 that we ship needs no weights from elsewhere. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { pictureBytes } from './helpers/picture-folders.js';
import { scratchFolders } from './helpers/scratch.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const run = path.join(root, 'checkpoints', 'lenet5-mnist');
const { scratch } = scratchFolders();
const count = 3000;
let pictures: string;

beforeAll(async () => {
  pictures = scratch();
  const first = path.join(pictures, '0000.png');
  fs.writeFileSync(first, await pictureBytes(1));
  for (let i = 1; i < count; i++)
    fs.linkSync(first, path.join(pictures, `${String(i).padStart(4, '0')}.png`));
});

/** `onOutput` sees what came so far and may end the program, or stop reading. */
function predict(
  args: readonly string[],
  {
    stdout: target = 'pipe',
    onOutput,
  }: { stdout?: 'pipe' | number; onOutput?: (child: ReturnType<typeof spawn>) => void } = {},
) {
  const command = [path.join(root, 'dist', 'run.js'), 'predict', run, pictures, '--device', 'cpu', ...args];
  const child = spawn(process.execPath, command, { stdio: ['ignore', target, 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (piece: Buffer) => {
    stdout += piece.toString();
    if (stdout.includes('0100.png')) onOutput?.(child);
  });
  child.stderr!.on('data', (piece: Buffer) => (stderr += piece.toString()));
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

describe('predict', () => {
  test('writes a row for every picture', async () => {
    const { code, stdout, stderr } = await predict(['--csv']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')).toHaveLength(1 + count + 1);
  });

  test.each(['--csv', '--json'])(
    'interrupted with %s, what is done is whole, and counted',
    async (format) => {
      let sent = false;
      const { code, stdout, stderr } = await predict([format], {
        onOutput: (child) => {
          if (!sent) child.kill('SIGINT');
          sent = true;
        },
      });
      expect(code).toBe(130);
      const written =
        format === '--json' ? (JSON.parse(stdout) as unknown[]).length : stdout.trim().split('\n').length - 1;
      expect(written).toBeGreaterThan(100);
      expect(written).toBeLessThan(count);
      expect(stderr).toBe(
        `finetune: Interrupted: ${written} of ${count} pictures are classified, and their results written.\n`,
      );
    },
  );

  test('says when standard output takes no more', async () => {
    const full = fs.openSync('/dev/full', 'w');
    const { code, stderr } = await predict(['--csv'], { stdout: full });
    fs.closeSync(full);
    expect(code).toBe(2);
    expect(stderr).toContain('Expected standard output to take all of the results');
  });

  test('ends quietly when its reader has gone', async () => {
    const { code, stderr } = await predict(['--csv'], { onOutput: (child) => child.stdout!.destroy() });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});
