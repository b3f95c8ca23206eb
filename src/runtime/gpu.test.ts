import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../test/helpers/command-line.js';
import { findGpu, gpusAreHidden, wantsGpu } from './gpu.js';

let root: string;
beforeEach(() => {
  root = temporaryFolder();
});
afterEach(() => {
  fs.rmSync(root, { recursive: true });
});

function put(file: string, content = ''): void {
  fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  fs.writeFileSync(path.join(root, file), content);
}

const found = (environment: NodeJS.ProcessEnv = {}) => findGpu(root, environment);
const library = 'usr/lib/x86_64-linux-gnu/libcuda.so.1';

test('no card', () => {
  expect(found()).toEqual({ card: false, driverRuns: false });
  expect(wantsGpu(found(), {})).toBe(false);
});

test('a card that no driver runs', () => {
  put('sys/bus/pci/devices/0000:01:00.0/vendor', '0x10de\n');
  put('sys/bus/pci/devices/0000:01:00.0/class', '0x030200\n');
  expect(found()).toEqual({ card: true, driverRuns: false });
  expect(wantsGpu(found(), {})).toBe(false);
});

test("NVIDIA's sound device and other makers' cards are no such card", () => {
  put('sys/bus/pci/devices/0000:01:00.1/vendor', '0x10de\n');
  put('sys/bus/pci/devices/0000:01:00.1/class', '0x040300\n');
  put('sys/bus/pci/devices/0000:02:00.0/vendor', '0x1002\n');
  put('sys/bus/pci/devices/0000:02:00.0/class', '0x030000\n');
  expect(found().card).toBe(false);
});

test('a card with its driver and the library', () => {
  put('dev/nvidia0');
  put(
    'proc/driver/nvidia/version',
    'NVRM version: NVIDIA UNIX x86_64 Kernel Module  555.42.06  Mon Jun  3 10:34:47 UTC 2024\nGCC version: 12\n',
  );
  put(library);
  expect(found()).toEqual({
    card: true,
    driverRuns: true,
    driver: '555.42.06',
    driverLibrary: path.join(root, library),
  });
  expect(wantsGpu(found(), {})).toBe(true);
  expect(wantsGpu(found(), { CUDA_VISIBLE_DEVICES: '-1' })).toBe(false);
});

test('the open kernel module writes its version otherwise', () => {
  put(
    'proc/driver/nvidia/version',
    'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release Build  (x@y)\n',
  );
  expect(found().driver).toBe('570.86.15');
});

test('in a container the library may be missing, or lie where LD_LIBRARY_PATH says', () => {
  put('dev/nvidia0');
  expect(found().driverLibrary).toBeUndefined();
  expect(wantsGpu(found(), {})).toBe(false);
  put('opt/driver/libcuda.so.1');
  expect(found({ LD_LIBRARY_PATH: '/elsewhere:/opt/driver' }).driverLibrary).toContain('opt/driver');
});

test("Windows' Linux has the library and no kernel driver", () => {
  put('usr/lib/wsl/lib/libcuda.so.1');
  expect(found()).toMatchObject({ card: true, driverRuns: true });
  expect(wantsGpu(found(), {})).toBe(true);
});

test('a driver too old for CUDA 12 is not wanted', () => {
  const presence = { card: true, driverRuns: true, driverLibrary: 'libcuda.so.1' };
  expect(wantsGpu({ ...presence, driver: '470.256.02' }, {})).toBe(false);
  expect(wantsGpu({ ...presence, driver: '525.60.13' }, {})).toBe(true);
});

test.each([
  [undefined, false],
  ['0', false],
  ['GPU-8932f937', false],
  ['1,-1', false],
  ['', true],
  ['-1', true],
  [' -1,0', true],
])('CUDA_VISIBLE_DEVICES=%j hides every GPU: %s', (value, hidden) => {
  expect(gpusAreHidden(value === undefined ? {} : { CUDA_VISIBLE_DEVICES: value })).toBe(hidden);
});
