import { beforeEach, expect, test, vi } from 'vitest';
import type { GpuPresence } from '../runtime/gpu.js';
import { prepareTensorFlow } from './prepare.js';

const machine = vi.hoisted(() => ({}) as { presence: GpuPresence });
vi.mock('../runtime/gpu.js', async (original) => ({
  ...(await original<typeof import('../runtime/gpu.js')>()),
  findGpu: () => machine.presence,
  describeCard: () => undefined,
}));

beforeEach(() => {
  machine.presence = { card: true, driverRuns: false };
});

async function prepare(device: string): Promise<unknown[]> {
  const told: unknown[] = [];
  await prepareTensorFlow(device, { show: (progress) => told.push(progress), end: () => undefined });
  return told;
}

test('an idle GPU is warned of before the work', async () => {
  expect(await prepare('auto')).toEqual([
    {
      kind: 'warning',
      message:
        'This machine has a GPU (NVIDIA) but TensorFlow is NOT using it: no NVIDIA driver runs it; install one, 555 or newer. Everything runs on the CPU, many times slower. See finetune doctor.',
    },
  ]);
});

test('a machine without one is not', async () => {
  machine.presence = { card: false, driverRuns: false };
  expect(await prepare('auto')).toEqual([]);
});

test('--device gpu is an error there', async () => {
  await expect(prepare('gpu')).rejects.toThrow('Expected a usable GPU for --device gpu but');
  await expect(prepare('tpu')).rejects.toThrow("Expected --device auto, cpu, gpu but received 'tpu'.");
});

test('--device cpu is silent', async () => {
  vi.stubEnv('CUDA_VISIBLE_DEVICES', undefined);
  expect(await prepare('cpu')).toEqual([]);
  vi.unstubAllEnvs();
});
