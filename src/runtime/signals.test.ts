import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { findInstallation } from './installation.js';

const multiplies = `
  const addon = require(process.argv[1]);
  const matrix = (rows, columns) =>
    addon.createTensor([rows, columns], addon.TF_FLOAT, new Float32Array(rows * columns).fill(1));
  const [a, b] = [matrix(512, 256), matrix(10000, 256)];
  const attribute = (name, value) => ({ name, type: addon.TF_ATTR_BOOL, value });
  const type = { name: 'T', type: addon.TF_ATTR_TYPE, value: addon.TF_FLOAT };
  const multiply = () => {
    const attributes = [attribute('adj_x', false), attribute('adj_y', true), type];
    const [product] = addon.executeOp('BatchMatMul', attributes, [a, b], 1);
    addon.deleteTensor(product.id);
  };
  for (let round = 0; round < 60; round++) multiply();
`;
const { scratch } = scratchFolders();
const { addon, build } = findInstallation()!;

test.skipIf(build === 'package')(
  'the signals of a profiler, a thousand a second, harm no product of matrices',
  async () => {
    const child = spawn(
      process.execPath,
      ['--cpu-prof', '--cpu-prof-dir', scratch(), '-e', multiplies, addon],
      {
        stdio: 'ignore',
        env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', ONEDNN_MAX_CPU_ISA: 'AVX2' },
      },
    );
    expect(await once(child, 'exit')).toEqual([0, null]);
  },
);
