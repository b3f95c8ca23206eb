import { afterEach, expect, it, vi } from 'vitest';
import { pixelsFor, weightsFor } from '../../test/helpers/networks.js';
import { smallMobile } from '../../test/helpers/small-classifier.js';
import { withPreprocessing } from '../models/compose.js';
import { NetworkBuilder } from '../models/network-builder.js';
import type { Network } from '../models/network.js';
import { cpuFacts } from '../runtime/cpu.js';
import { nativeBinding, usesGpu } from '../runtime/tensorflow.js';
import { compileCalibrating } from './calibrate.js';
import { planInt8 } from './int8-plan.js';
import { candidates, type Precision } from './precision-candidates.js';
import { choosePrecision } from './precision.js';
import type { Speed } from './precision-trial.js';

vi.mock('../runtime/cpu.js', { spy: true });
afterEach(() => vi.restoreAllMocks());

const preprocessing = { channelOrder: 'RGB', mean: [124, 116, 104], scale: [58, 57, 57] } as const;
const ready = (network: Network) =>
  withPreprocessing({ network, weights: weightsFor(network) }, preprocessing);

function residual(): Network {
  const net = new NetworkBuilder('residual', [16, 16, 3]);
  const whole = { filters: 8, kernel: 3, padding: 'same' } as const;
  const x = net.convolution('input', 'one', { ...whole, activation: 'relu' });
  const y = net.convolution(x, 'two', { ...whole, activation: 'relu' });
  net.add([x, net.convolution(y, 'three', whole)], 'sum', { activation: 'relu' });
  return net.build();
}

/** Of which the pool is in integers only together with the sum. */
function residualThenPool(): Network {
  const net = new NetworkBuilder('residual and pool', [16, 16, 3]);
  const whole = { filters: 8, kernel: 3, padding: 'same' } as const;
  const x = net.convolution('input', 'one', { ...whole, activation: 'relu' });
  const y = net.convolution(x, 'two', whole);
  const sum = net.add([x, y], 'sum', { activation: 'relu' });
  const pooled = net.maxPool(sum, 'pool', { kernel: 2, stride: 2 });
  net.convolution(pooled, 'three', { ...whole, activation: 'relu' });
  return net.build();
}

function tanhs(): Network {
  const net = new NetworkBuilder('tanhs', [16, 16, 3]);
  net.convolution('input', 'one', { filters: 8, kernel: 3, activation: 'tanh' });
  return net.build();
}

function withInstructions(...instructions: string[]): void {
  vi.mocked(cpuFacts).mockReturnValue({ cpu: 'made up', cores: 2, instructions, memory: 1e9 });
}

/** What is tried for a network, by name. */
function tried(network: Network, asked: Precision | 'auto'): string[] {
  const weighted = ready(network);
  const full = compileCalibrating(weighted);
  try {
    return Array.from(candidates(full, weighted, asked, [pixelsFor(network, 4)]), ({ name }) => name);
  } finally {
    full.dispose();
  }
}

it.skipIf(usesGpu()).each([
  ['residual', 'auto', ['int8', 'int8 of the layers with ReLU', 'bfloat16'], residual],
  ['residual, then a pool', 'auto', ['int8', 'int8 of the layers with ReLU', 'bfloat16'], residualThenPool],
  ['mobile', 'auto', ['int8', 'bfloat16'], smallMobile],
  ['without a layer for integers', 'auto', ['bfloat16'], tanhs],
  ['without a layer for integers', 'int8', [], tanhs],
  ['residual', 'int8', ['int8', 'int8 of the layers with ReLU'], residual],
  ['residual', 'bfloat16', ['bfloat16'], residual],
  ['residual', 'float16', ['float16'], residual],
] as const)('of a network that is %s, %s tries %j', (_, asked, names, build) => {
  withInstructions('BF16');
  expect(tried(build(), asked)).toEqual(names);
});

it.skipIf(usesGpu())('bfloat16 is tried by itself on CPUs that have instructions for it', () => {
  withInstructions('AVX2', 'VNNI');
  expect(tried(smallMobile(), 'auto')).toEqual(['int8']);
  expect(tried(smallMobile(), 'bfloat16')).toEqual(['bfloat16']);
});

it.skipIf(usesGpu())('what is tried of a network where a pool reads a sum computes', () => {
  const network = residualThenPool();
  const samples = { calibration: [pixelsFor(network, 8, 3)], heldOut: pixelsFor(network, 4) };
  const slow = { ms: 2, referenceMs: 2 };
  const speeds = { int8: slow, bfloat16: slow, 'int8 of the layers with ReLU': { ms: 1, referenceMs: 2 } };
  const { prefix, reason } = choosePrecision(ready(network), 'auto', samples, speeds);
  expect(reason).toMatch(/^int8 of the layers with ReLU: /);
  prefix.dispose();
});

it.skipIf(usesGpu())('the first that is close and faster is taken; why others were not is said', () => {
  withInstructions('BF16');
  const [slow, fast]: Speed[] = [
    { ms: 2, referenceMs: 2 },
    { ms: 1, referenceMs: 2 },
  ] as [Speed, Speed];
  const network = residual();
  const samples = { calibration: [pixelsFor(network, 8, 3)], heldOut: pixelsFor(network, 4) };
  const open = nativeBinding().getNumOfSavedModels();
  const choose = (speeds: Record<string, Speed>) => {
    const { prefix, ...chosen } = choosePrecision(ready(network), 'auto', samples, speeds);
    prefix.dispose();
    expect(nativeBinding().getNumOfSavedModels()).toBe(open);
    return chosen;
  };
  const fewer = 'int8 of the layers with ReLU';
  expect(choose({ int8: fast! })).toMatchObject({ precision: 'int8', speeds: { int8: fast } });

  const second = choose({ int8: slow!, [fewer]: fast! });
  expect(second.precision).toBe('int8');
  expect(second.calibration!.lowest).toBeUndefined();
  expect(Object.keys(second.calibration!.ranges)).toEqual(
    planInt8(ready(network).network, { pixels: true }).ranged,
  );
  expect(second.reason).toMatch(/^int8 of the layers with ReLU: 1\.0 ms .* Int8 takes 1\.00 times as long/);

  const third = choose({ int8: slow!, [fewer]: slow!, bfloat16: fast! });
  expect(third).toMatchObject({
    precision: 'bfloat16',
    speeds: { int8: slow, [fewer]: slow, bfloat16: fast },
  });
  expect(third.calibration).toBeUndefined();

  const last = choose({ int8: slow!, [fewer]: slow!, bfloat16: slow! });
  expect(last).toMatchObject({ precision: 'float32' });
  expect(last.reason).toMatch(/^float32: int8 takes .* bfloat16 takes 1\.00 times as long as float32/);
});
