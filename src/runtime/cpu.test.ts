/** What /proc/cpuinfo says of a processor, in both of its wordings. */
import fs from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { cpuFacts, instructionsOf, productsSaturate } from './cpu.js';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

test.each([
  [
    'model name\t: Intel(R) Xeon(R)\nflags\t\t: fpu sse4_2 avx avx2 avx512f avx512_vnni amx_int8\nbugs\t\t: spectre_v1\n',
    ['AVX2', 'AVX-512', 'VNNI', 'AMX'],
  ],
  [
    'processor\t: 0\nFeatures\t: fp asimd evtstrm atomics asimddp sve svei8mm svebf16 i8mm bf16\nCPU part\t: 0xd40\n',
    ['NEON', 'SVE', 'DotProd', 'I8MM', 'BF16'],
  ],
  ['processor\t: 0\nFeatures\t: fp asimd evtstrm crc32\nCPU part\t: 0xd08\n', ['NEON']],
  ['', []],
])('%j', (cpuinfo, instructions) => {
  expect(instructionsOf(cpuinfo)).toEqual(instructions);
});

test.skipIf(process.arch !== 'x64').each([
  ['avx2 fma', {}, true],
  ['avx2 avx512f', {}, true],
  ['avx2 avx_vnni', {}, false],
  ['avx2 avx512f avx512_vnni', {}, false],
  ['avx2 avx512f avx512_vnni amx_int8', { ONEDNN_MAX_CPU_ISA: 'AVX512_CORE_AMX' }, false],
  ['avx2 avx512f avx512_vnni', { ONEDNN_MAX_CPU_ISA: 'avx2' }, true],
  ['avx2 avx512f avx512_vnni', { DNNL_MAX_CPU_ISA: 'AVX512_CORE' }, true],
  ['sse4_1', {}, false], // eight-bit kernels there have never been tried
])('%s %j: two products in sixteen bits is %s', (flags, environment, expected) => {
  vi.stubEnv('ONEDNN_MAX_CPU_ISA', undefined);
  vi.stubEnv('DNNL_MAX_CPU_ISA', undefined);
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  vi.spyOn(fs, 'existsSync').mockReturnValue(true);
  vi.spyOn(fs, 'readFileSync').mockReturnValue(`flags\t\t: fpu ${flags}\n`);
  expect(productsSaturate()).toBe(expected);
});

test('the processor of this machine has a name', () => {
  expect(cpuFacts().cpu).not.toMatch(/^(unknown)?$/);
});
