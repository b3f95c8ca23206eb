/** What doctor says of TensorFlow and the device, with an addon and a driver of the test's own. */
import { beforeEach, expect, test, vi } from 'vitest';
import type { GpuCard, GpuPresence } from '../gpu.js';
import type { Installation } from '../installation.js';
import { saidOfGpus, tensorflowChecks } from './tensorflow-library.js';

const log = `I0000 00:00:1795258650.358911   17177 port.cc:153] oneDNN custom operations are on.
E0000 00:00:1795258650.457435   17177 cuda_platform.cc:52] failed call to cuInit: UNKNOWN ERROR (100)
`;
const withDriver: GpuPresence = {
  card: true,
  driverRuns: true,
  driver: '555.42.06',
  driverLibrary: '/lib/libcuda.so.1',
};
const l4: GpuCard = { name: 'NVIDIA L4', memory: 24e9, driver: '555.42.06', computeCapability: '8.9' };

const machine = vi.hoisted(() => ({}) as Machine);
interface Machine {
  presence: GpuPresence;
  card: GpuCard | undefined;
  installation: Installation | undefined;
  opened: () => Promise<{ version: string; gpu: boolean; log: string; seconds: number }>;
}

vi.mock('../gpu.js', async (original) => ({
  ...(await original<typeof import('../gpu.js')>()),
  findGpu: () => machine.presence,
  describeCard: () => machine.card,
}));
vi.mock('../installation.js', () => ({ findInstallation: () => machine.installation }));
vi.mock('../install/open-addon.js', () => ({ openAddon: () => machine.opened() }));

beforeEach(() => {
  vi.stubEnv('CUDA_VISIBLE_DEVICES', undefined);
  machine.presence = withDriver;
  machine.card = l4;
  machine.installation = { addon: '/cache/gpu/addon/tfjs_binding.node', build: 'gpu' };
  machine.opened = () => Promise.resolve({ version: '2.21.0', gpu: false, log, seconds: 0.3 });
});

const device = async (asked: 'auto' | 'cpu' | 'gpu' = 'auto') => (await tensorflowChecks(asked))[1];

test('a GPU in use is named', async () => {
  machine.opened = () => Promise.resolve({ version: '2.21.0', gpu: true, log: '', seconds: 0.3 });
  expect(await tensorflowChecks('auto')).toEqual([
    { name: 'TensorFlow', status: 'ok', message: '2.21.0, GPU build, opened in 0.3 s' },
    { name: 'Device', status: 'ok', message: 'GPU: NVIDIA L4, 24.0 GB, driver 555.42.06' },
  ]);
});

test('a driver that is old but works, and a card without native code, are warned of', async () => {
  machine.opened = () => Promise.resolve({ version: '2.21.0', gpu: true, log: '', seconds: 0.3 });
  machine.card = { ...l4, driver: '535.1' };
  expect(await device()).toMatchObject({ status: 'warn', advice: 'A driver of 555 or newer is better.' });
  machine.card = { ...l4, computeCapability: '12.0' };
  expect(await device()).toMatchObject({
    status: 'warn',
    advice: expect.stringContaining('no native code'),
  });
});

test('no GPU at all is in order', async () => {
  machine.presence = { card: false, driverRuns: false };
  expect(await device()).toEqual({
    name: 'Device',
    status: 'ok',
    message: 'CPU; no NVIDIA GPU was found',
  });
});

test('a GPU without driver is warned of, with the reason', async () => {
  machine.presence = { card: true, driverRuns: false };
  expect(await device()).toMatchObject({
    status: 'warn',
    message: 'CPU; no NVIDIA driver runs it; install one, 555 or newer',
  });
});

test('the build for CPUs where there is a GPU: how to get the other', async () => {
  machine.installation = { addon: '/elsewhere/tfjs_binding.node', build: 'package' };
  expect(await device()).toMatchObject({
    status: 'warn',
    message: "CPU; the TensorFlow in use is not finetune's build for GPUs",
    advice: "The next job sets up the build for GPUs, or 'finetune doctor --fix' now: 2.9 GB to download.",
  });
});

test("where no reason is known, TensorFlow's own words", async () => {
  expect(await device()).toMatchObject({
    status: 'warn',
    message: 'CPU; TensorFlow says: failed call to cuInit: UNKNOWN ERROR (100)',
    advice: 'See whether nvidia-smi lists the card; if not, mend the driver.',
  });
  expect(await device('gpu')).toMatchObject({ status: 'fail' });
  expect(saidOfGpus('nothing of note\n')).toBe('');
});

test('a CPU that was asked for is in order', async () => {
  vi.stubEnv('CUDA_VISIBLE_DEVICES', '-1');
  expect(await device('cpu')).toEqual({
    name: 'Device',
    status: 'ok',
    message: 'CPU; the CPU was asked for',
  });
});

test('a library that does not open is a failure with a remedy', async () => {
  machine.opened = () => Promise.reject(new Error('TensorFlow does not open here: wrong ELF class'));
  expect(await tensorflowChecks('auto')).toEqual([
    {
      name: 'TensorFlow',
      status: 'fail',
      message: 'TensorFlow does not open here: wrong ELF class',
      advice: "Remove /cache/gpu/addon and run 'finetune doctor --fix'.",
    },
  ]);
});

test('no library yet: what the set-up will download', async () => {
  machine.installation = undefined;
  expect(await tensorflowChecks('cpu')).toMatchObject([
    { status: 'warn', message: 'not set up yet', advice: expect.stringContaining('274 MB to download') },
  ]);
});
