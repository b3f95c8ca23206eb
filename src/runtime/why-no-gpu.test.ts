import { describe, expect, test } from 'vitest';
import { madeUpRun } from '../../test/helpers/made-up-run.js';
import { summaryText } from '../report/run-summary.js';
import { type DeviceFacts, demandDevice, deviceWarning } from './device-facts.js';
import { type WhyNoGpu, whyNoGpu } from './why-no-gpu.js';

const presence = { card: true, driverRuns: true, driver: '555.42.06', driverLibrary: '/lib/libcuda.so.1' };
const card = { name: 'NVIDIA L4', memory: 24e9, driver: '555.42.06', computeCapability: '8.9' };
const noFilesMissing = () => undefined;
type Reason = readonly [WhyNoGpu['kind'], string, () => WhyNoGpu];

const reasons: Reason[] = [
  [
    'no card',
    'no NVIDIA GPU was found',
    () => whyNoGpu({ card: false, driverRuns: false }, undefined, 'cpu', {}),
  ],
  ['chosen', 'the CPU was asked for', () => whyNoGpu(presence, card, 'cpu', { CUDA_VISIBLE_DEVICES: '-1' })],
  [
    'hidden',
    "CUDA_VISIBLE_DEVICES='' hides it",
    () => whyNoGpu(presence, card, 'gpu', { CUDA_VISIBLE_DEVICES: '' }),
  ],
  [
    'no driver',
    'no NVIDIA driver runs it; install one, 555 or newer',
    () => whyNoGpu({ card: true, driverRuns: false }, undefined, 'cpu', {}),
  ],
  [
    'library missing',
    'libcuda.so.1 was not found; in a container, start it with --gpus all',
    () => whyNoGpu({ card: true, driverRuns: true, driver: '555.42.06' }, card, 'cpu', {}),
  ],
  [
    'driver too old',
    'the NVIDIA driver is 470.256.02; TensorFlow needs 525 or newer',
    () => whyNoGpu({ ...presence, driver: '470.256.02' }, undefined, 'cpu', {}),
  ],
  [
    'library missing',
    'nvidia/cudnn/lib/libcudnn.so.9 is missing; run the same command again to mend it',
    () => whyNoGpu(presence, card, 'cpu', {}, () => ['nvidia/cudnn/lib/libcudnn.so.9']),
  ],
  [
    'CPU build',
    "the TensorFlow in use is not finetune's build for GPUs",
    () => whyNoGpu(presence, card, 'cpu', {}, noFilesMissing),
  ],
  [
    'card not supported',
    'compute capability 12.0, for which TensorFlow holds no native code',
    () => whyNoGpu(presence, { ...card, computeCapability: '12.0' }, 'gpu', {}),
  ],
  ['unknown', "'finetune doctor' shows what it says of them", () => whyNoGpu(presence, card, 'gpu', {})],
];

test.each(reasons)('%s: %s', (kind, message, why) => {
  expect(why().kind).toBe(kind);
  expect(why().message).toContain(message);
});

describe('a GPU that is there and not used', () => {
  const run = madeUpRun({ labels: ['a', 'b'], perClass: 20, accuracy: 0.9 });
  const idle: DeviceFacts = {
    ...run.device,
    used: 'cpu',
    gpuPresent: true,
    card,
    reason: 'no NVIDIA driver runs it; install one, 555 or newer',
    reasonKind: 'no driver',
  };

  test('is told with its name and the reason, before the work and beside the final table', () => {
    const warning =
      'This machine has a GPU (NVIDIA L4) but TensorFlow is NOT using it: no NVIDIA driver runs it; install one, 555 or newer.';
    expect(deviceWarning(idle)).toContain(warning);
    expect(summaryText({ ...run, device: idle })).toContain(`\nWarning: ${warning}`);
  });

  test('is an error where it was asked for', () => {
    expect(() => demandDevice('gpu', idle)).toThrow(
      'Expected a usable GPU for --device gpu but no NVIDIA driver runs it; install one, 555 or newer. Mend that, or use --device cpu.',
    );
    expect(() => demandDevice('auto', idle)).not.toThrow();
  });

  test('is not spoken of when the CPU was asked for, a GPU works, or there is none', () => {
    const { reason: _, reasonKind: __, ...used } = idle;
    expect(deviceWarning({ ...idle, reasonKind: 'chosen' })).toBeUndefined();
    expect(deviceWarning({ ...used, used: 'gpu' })).toBeUndefined();
    expect(deviceWarning(run.device)).toBeUndefined();
    expect(summaryText(run)).not.toContain('GPU');
  });
});
