import fs from 'node:fs';
import os from 'node:os';

/** Flags of /proc/cpuinfo that matter for networks. */
const flagsThatMatter = [
  'avx2',
  'fma',
  'avx512f',
  'avx_vnni',
  'avx512_vnni',
  'avx512_bf16',
  'amx_tile',
  'amx_int8',
  'amx_bf16',
];

/** The machine in a line: processor, cores, instruction sets, memory, system. */
export function describeMachine(): string {
  const cores = os.availableParallelism();
  const model = os.cpus()[0]?.model.trim() ?? 'unknown processor';
  const flags = cpuFlags();
  const gigabytes = (os.totalmem() / 2 ** 30).toFixed(0);
  const known = flagsThatMatter.filter((flag) => flags.has(flag)).join(' ') || 'flags not known';
  return `${model}, ${cores} cores (${known}), ${gigabytes} GiB, ${os.type()} ${os.release()}, Node ${process.versions.node}`;
}

function cpuFlags(): ReadonlySet<string> {
  try {
    const text = fs.readFileSync('/proc/cpuinfo', 'utf8');
    return new Set(/^flags\s*:(.*)$/m.exec(text)?.[1]?.trim().split(' '));
  } catch {
    return new Set(); // not Linux
  }
}
