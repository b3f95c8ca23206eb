import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { machineRecord, readChoice } from './precision-records.js';

const { scratch } = scratchFolders();

describe('a kept choice of precision', () => {
  const read = (text: string) => {
    const file = path.join(scratch(), 'choice.json');
    fs.writeFileSync(file, text);
    return readChoice(file);
  };

  test.each([
    { ranges: { conv: 1.5 }, pixels: true },
    { ranges: { conv: 1.5 }, lowest: { conv: -0.5 } },
  ])('is read back with what it was calibrated for: %j', (calibration) => {
    const choice = { settings: { precision: 'int8', calibration }, reason: 'int8: faster.' };
    expect(read(JSON.stringify(choice))).toEqual(choice);
  });

  test.each([
    '',
    '{',
    'null',
    '{}',
    '{"settings":{"precision":"int4"},"reason":"x"}',
    '{"settings":{"precision":"int8"},"reason":"x"}',
    '{"settings":{"precision":"int8","calibration":{"ranges":{"conv":0}}},"reason":"x"}',
    '{"settings":{"precision":"int8","calibration":{"ranges":{"conv":1},"lowest":{"conv":1}}},"reason":"x"}',
    '{"settings":{"precision":"float32"}}',
  ])('is none when it is %j: it is made anew', (text) => {
    expect(read(text)).toBeUndefined();
  });

  test('is none where there is no file, or a folder', () => {
    expect(readChoice('/nowhere/choice.json')).toBeUndefined();
    expect(readChoice(scratch())).toBeUndefined();
  });
});

describe('what is kept for a kind of machine', () => {
  afterEach(() => vi.unstubAllEnvs());

  test('is another where oneDNN, which int8 needs, is turned on or off by hand', () => {
    const files = [undefined, '0', '1'].map((value) => {
      vi.stubEnv('TF_ENABLE_ONEDNN_OPTS', value);
      return machineRecord({ network: 'one' });
    });
    expect(new Set(files).size).toBe(3);
  });
});
