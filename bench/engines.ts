/** What is measured: our own ways and the peers that Python offers. */
import { fileURLToPath } from 'node:url';

/** Computes in reduced precision: its outputs may differ more. */
export type Arithmetic = 'float32' | 'bfloat16' | 'float16' | 'int8';

const engines = {
  'ours eager': { arithmetic: 'float32', peer: false },
  'ours float32': { arithmetic: 'float32', peer: false },
  'ours bfloat16': { arithmetic: 'bfloat16', peer: false },
  'ours float16': { arithmetic: 'float16', peer: false },
  'ours int8': { arithmetic: 'int8', peer: false },
  'ours files': { arithmetic: 'int8', peer: false },
  'ours stored': { arithmetic: 'float32', peer: false },
  pytorch: { arithmetic: 'float32', peer: true },
  'pytorch compiled': { arithmetic: 'float32', peer: true },
  'pytorch bfloat16': { arithmetic: 'bfloat16', peer: true },
  'pytorch stored': { arithmetic: 'float32', peer: true },
  'pytorch cuda': { arithmetic: 'float16', peer: true },
  tensorflow: { arithmetic: 'float32', peer: true },
  'tensorflow jit': { arithmetic: 'float32', peer: true },
  keras: { arithmetic: 'float32', peer: true },
  'keras stored': { arithmetic: 'float32', peer: true },
  onnxruntime: { arithmetic: 'float32', peer: true },
  'onnxruntime int8': { arithmetic: 'int8', peer: true },
  openvino: { arithmetic: 'float32', peer: true },
  'openvino bfloat16': { arithmetic: 'bfloat16', peer: true },
  'openvino int8': { arithmetic: 'int8', peer: true },
} as const satisfies Record<string, { arithmetic: Arithmetic; peer: boolean }>;

export type EngineName = keyof typeof engines;

export const engineNames = Object.keys(engines) as EngineName[];

export function isPeer(name: EngineName): boolean {
  return engines[name].peer;
}

export function arithmeticOf(name: EngineName): Arithmetic {
  return engines[name].arithmetic;
}

export const arithmetics = [
  'float32',
  'bfloat16',
  'float16',
  'int8',
] as const satisfies readonly Arithmetic[];

/** The command line of an engine's process: program, then arguments. */
export function engineCommand(name: EngineName, work: string): string[] {
  const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const [library, variant = ''] = name.split(' ');
  if (isPeer(name)) return [python(), file(`peers/${work}_${library}.py`), variant];
  return [process.execPath, '--import', 'tsx', file('ours/engine.ts'), work, variant];
}

/** $BENCH_PYTHON, else python3; a library that it does not find counts as missing. */
export function python(): string {
  return process.env['BENCH_PYTHON'] ?? 'python3';
}
