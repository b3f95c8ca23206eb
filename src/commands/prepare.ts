import { didYouMean, UserError } from '../runtime/errors.js';
import { chooseDevice, type DeviceName, deviceNames } from '../runtime/gpu.js';
import { ensureTensorFlow } from '../runtime/install/ensure.js';
import type { ProgressDisplay } from './progress-display.js';

/** Sets TensorFlow up when it is not, settles the device, and says so when a GPU lies idle. */
export async function prepareTensorFlow(device: string, display: ProgressDisplay): Promise<void> {
  const name = deviceNames.find((candidate) => candidate === device);
  if (!name) {
    throw new UserError(
      `Expected --device ${deviceNames.join(', ')} but received '${device}'.${didYouMean(device, deviceNames)}`,
    );
  }
  await ensureTensorFlow({
    device: name,
    onProgress: (message) => display.show({ kind: 'note', message }),
  });
  chooseDevice(name);
  const { describeDevice } = await import('../runtime/device.js');
  warnOfIdleGpu(name, describeDevice(), display);
}

function warnOfIdleGpu(
  asked: DeviceName,
  device: { readonly used: string; readonly driver: boolean; readonly reason?: string },
  display: ProgressDisplay,
): void {
  if (device.used === 'gpu') return;
  if (asked === 'gpu')
    throw new UserError(`Expected to use the GPU but ${device.reason}. See finetune doctor.`);
  if (device.driver && asked === 'auto') {
    const message = `This machine has an NVIDIA GPU but TensorFlow is NOT using it: ${device.reason}. Everything runs on the CPU, many times slower; see finetune doctor.`;
    display.show({ kind: 'warning', message });
  }
}
