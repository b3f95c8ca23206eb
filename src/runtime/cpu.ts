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
    cpu: os.cpus()[0]?.model.trim() ?? process.arch,
    cores: os.availableParallelism(),
    instructions: instructionSets(),
    memory: limit && limit < total ? limit : total,
  };
}

function instructionSets(): string[] {
  const names = {
    avx2: 'AVX2',
    avx512f: 'AVX-512',
    avx512_vnni: 'VNNI',
    avx_vnni: 'AVX-VNNI',
    avx512_bf16: 'BF16',
    amx_int8: 'AMX',
  };
  if (!fs.existsSync('/proc/cpuinfo')) return [];
  const line = /^flags\s*:(.*)$/m.exec(fs.readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
  const flags = new Set(line.trim().split(/\s+/));
  return Object.entries(names).flatMap(([flag, name]) => (flags.has(flag) ? [name] : []));
}
