import fs from 'node:fs';
import os from 'node:os';

export interface CpuFacts {
  /** The processor's name. */
  readonly cpu: string;
  /** Processors this process may use at once. */
  readonly cores: number;
  /** Of the instruction sets that decide TensorFlow's speed, those the processor has. */
  readonly instructions: readonly string[];
  /** Bytes of memory that this process may use, a container's limit counted in. */
  readonly memory: number;
}

/** What decides how fast TensorFlow is on the processor. */
export function cpuFacts(): CpuFacts {
  const limit = process.constrainedMemory();
  const total = os.totalmem();
  return {
    cpu: processorName(),
    cores: os.availableParallelism(),
    instructions: instructionSets(),
    memory: limit && limit < total ? limit : total,
  };
}

/** Node calls an ARM processor that it has no name for 'unknown'. */
function processorName(): string {
  const model = os.cpus()[0]?.model.trim() ?? 'unknown';
  return model === 'unknown' ? process.arch : model;
}

/**
 * Whether an x86-64 processor, or what oneDNN may use of it, adds two products of eight-bit numbers in sixteen bits before it
 * goes on in 32: with AVX2 and AVX-512, but without VNNI or AMX. Such processors TensorFlow does of itself without oneDNN on.
 */
export function productsSaturate(): boolean {
  if (process.arch !== 'x64') return false;
  const sets = instructionSets();
  const has = (names: readonly string[]) => names.some((name) => sets.includes(name));
  if (!has(['AVX2'])) return false;
  const most = process.env['ONEDNN_MAX_CPU_ISA'] || process.env['DNNL_MAX_CPU_ISA'] || 'default';
  return !has(['VNNI', 'AVX-VNNI', 'AMX']) || !/VNNI|BF16|FP16|AMX|AVX10|DEFAULT|ALL/i.test(most);
}

function instructionSets(): string[] {
  const file = '/proc/cpuinfo';
  return fs.existsSync(file) ? instructionsOf(fs.readFileSync(file, 'utf8')) : [];
}

/** What Linux calls them, on x86-64 and on ARM: for wide vectors, for eight-bit integers, for bfloat16. */
const names = {
  avx2: 'AVX2',
  avx512f: 'AVX-512',
  avx512_vnni: 'VNNI',
  avx_vnni: 'AVX-VNNI',
  avx512_bf16: 'BF16',
  amx_int8: 'AMX',
  asimd: 'NEON',
  sve: 'SVE',
  asimddp: 'DotProd',
  i8mm: 'I8MM',
  bf16: 'BF16',
};

/** The instruction sets that the text of Linux' /proc/cpuinfo names: `flags` on x86-64, `Features` on ARM. */
export function instructionsOf(cpuinfo: string): string[] {
  const line = /^(?:flags|Features)\s*:(.*)$/m.exec(cpuinfo)?.[1] ?? '';
  const flags = new Set(line.trim().split(/\s+/));
  return Object.entries(names).flatMap(([flag, name]) => (flags.has(flag) ? [name] : []));
}
