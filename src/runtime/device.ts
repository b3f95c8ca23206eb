import fs from 'node:fs';
import os from 'node:os';
import { hasNvidiaDriver } from './gpu.js';
import { isInstalled } from './install/paths.js';
import { nativeBinding, usesGpu } from './tensorflow.js';

/** What TensorFlow computes on. */
export interface DeviceFacts {
  readonly used: 'cpu' | 'gpu';
  readonly tensorflow: string;
  /** Whether an NVIDIA driver is loaded. */
  readonly driver: boolean;
  /** Why no GPU is used; absent when one is. */
  readonly reason?: string;
  readonly cpu: string;
  readonly cores: number;
  /** Instruction sets that matter for networks, such as avx512_vnni (int8). */
  readonly instructions: readonly string[];
}

/** The device in use and, when no GPU is used, exactly why not. */
export function describeDevice(): DeviceFacts {
  const gpu = usesGpu();
  return {
    used: gpu ? 'gpu' : 'cpu',
    tensorflow: nativeBinding().TF_Version,
    driver: hasNvidiaDriver(),
    ...(!gpu && { reason: whyNoGpu() }),
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    instructions: cpuInstructions(),
  };
}

function whyNoGpu(): string {
  if (process.env['FINETUNE_DEVICE'] === 'cpu') return '--device cpu was asked for';
  if (!hasNvidiaDriver()) return 'no NVIDIA driver is loaded on this machine';
  if (!isInstalled('gpu')) return "TensorFlow's CPU build is installed, not the GPU's";
  if (process.env['CUDA_VISIBLE_DEVICES'] === '-1' || process.env['CUDA_VISIBLE_DEVICES'] === '') {
    return 'CUDA_VISIBLE_DEVICES hides it';
  }
  return (
    'TensorFlow could not open it: the driver may be older than CUDA 12.5 (R555) or a CUDA library missing; ' +
    'run again with TF_CPP_MIN_LOG_LEVEL=0 to see its own words'
  );
}

function cpuInstructions(): string[] {
  try {
    const flags = /^flags\s*:(.*)$/m.exec(fs.readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(' ') ?? [];
    return ['avx2', 'avx512f', 'avx512_vnni', 'avx_vnni', 'avx512_bf16', 'amx_int8'].filter((f) =>
      flags.includes(f),
    );
  } catch {
    return []; // not Linux
  }
}
