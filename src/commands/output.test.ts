import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/helpers/picture-folders.js';
import { UserError } from '../runtime/errors.js';
import { write } from './output.js';

const program = fileURLToPath(new URL('../../dist/run.js', import.meta.url));

test('writes all of a text, whatever a single write takes', async () => {
  const file = path.join(await temporaryFolder(), 'out');
  const descriptor = fs.openSync(file, 'w');
  const text = 'ä line\n'.repeat(100_000);
  expect(await write(text, descriptor)).toBe(true);
  fs.closeSync(descriptor);
  expect(fs.readFileSync(file, 'utf8')).toBe(text);
});

test('a full disk is an error', async () => {
  const full = fs.openSync('/dev/full', 'w');
  await expect(write('text', full)).rejects.toThrow(UserError);
  await expect(write('text', full)).rejects.toThrow('ENOSPC');
  fs.closeSync(full);
});

/** The command line with its standard output there; how it ends and what it says. */
async function runTo(args: readonly string[], stdout: number | 'closed') {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', stdout === 'closed' ? 'pipe' : stdout, 'pipe'],
  });
  child.stdout?.destroy();
  let stderr = '';
  child.stderr!.on('data', (piece: Buffer) => (stderr += piece.toString()));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stderr };
}

test.each([[['--help']], [['summary', 'lenet5']], [['zoo', 'list', '--json']], [['--version']]])(
  '%j says when standard output takes nothing, and ends quietly when nobody reads',
  async (args) => {
    const full = fs.openSync('/dev/full', 'w');
    const { code, stderr } = await runTo(args, full);
    fs.closeSync(full);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^finetune: Expected standard output to take all of the results .*ENOSPC.*\n$/);
    expect(await runTo(args, 'closed')).toEqual({ code: 0, stderr: '' });
  },
);

test('what standard error does not take is no reason to end', async () => {
  const full = fs.openSync('/dev/full', 'w');
  const child = spawn(process.execPath, [program, 'nonsense'], { stdio: ['ignore', 'ignore', full] });
  fs.closeSync(full);
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(2);
});
