import { oneOfNames } from '../runtime/errors.js';
import { demandDevice, deviceWarning } from '../runtime/device-facts.js';
import { chooseDevice, type DeviceName, deviceNames } from '../runtime/gpu.js';
import { ensureTensorFlow } from '../runtime/install/ensure.js';
import type { ProgressDisplay } from './progress-display.js';

/**
 * Sets TensorFlow up when it is not, settles the device, and says so when a GPU lies idle.
 *
 * @throws UserError when the GPU was asked for and cannot be used.
 */
export async function prepareTensorFlow(device: string, display: ProgressDisplay): Promise<void> {
  const name = checkDeviceName(device);
  await ensureTensorFlow({ device: name, onProgress: display.show });
  chooseDevice(name);
  const { describeDevice } = await import('../runtime/device.js');
  const facts = describeDevice();
  demandDevice(name, facts);
  const warning = deviceWarning(facts);
  if (warning) display.show({ kind: 'warning', message: `${warning} See finetune doctor.` });
}

/** @throws UserError when there is no such device. */
export function checkDeviceName(given: string): DeviceName {
  return oneOfNames('--device', given, deviceNames);
}
