/** The reproducer of what compile() once got wrong, run as it stands. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

const shared = process.env['FINETUNE_SHARED'];

test.skipIf(!shared)('compile() does what the reproducer asks for (needs FINETUNE_SHARED)', () => {
  const program = path.join(shared!, 'repro', 'compile-poison.mjs');
  const root = path.join(import.meta.dirname, '..');
  const { status, stdout, stderr } = spawnSync(process.execPath, [program], { cwd: root, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).not.toMatch(/TypeError|RangeError|Failed to load/);
  const results = [
    /^accuracy again -> \[ 1 \]$/m,
    /^predict, new shape -> \[ 3, 3, 3, 3 \]$/m,
    /^\[ 2, 1, NaN \] eager \[ NaN, NaN, NaN \] compiled \[ NaN, NaN, NaN \]$/m,
    /^10 refused calls leave 0 tensors/m,
    /^no result -> done$/m,
    /^number -> {2}UserError: .* pass tf\.scalar\(2\)/m,
    /^array of tensors -> \[ 2, 2, 2 \]$/m,
    /^multinomial seed 3\.14 -> \[/m,
    /^7 steps; optimiser says 7 /m,
    /^after setLearningRate\(0\): k 0\.80000/m,
    /^still alive$/m,
  ];
  for (const result of results) expect(stdout).toMatch(result);
});
