/** What /proc/cpuinfo says of a processor, in both of its wordings. */
import { expect, test } from 'vitest';
import { cpuFacts, instructionsOf } from './cpu.js';

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

test('the processor of this machine has a name', () => {
  expect(cpuFacts().cpu).not.toMatch(/^(unknown)?$/);
});
