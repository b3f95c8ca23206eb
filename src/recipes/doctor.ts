import type { Check } from '../runtime/checks/check.js';
import type { DeviceName } from '../runtime/gpu.js';
import { machineChecks } from '../runtime/checks/machine.js';
import { storageChecks } from '../zoo/storage-checks.js';
import { tensorflowChecks } from '../runtime/checks/tensorflow-library.js';
import { toolChecks } from '../runtime/checks/tools.js';

/** Looks at everything that a run depends on; nothing is changed. */
export async function runChecks(device: DeviceName): Promise<Check[]> {
  const tensorflow = await tensorflowChecks(device);
  const isSetUp = tensorflow[0]?.status === 'ok';
  return [...machineChecks(), ...(await toolChecks(isSetUp)), ...tensorflow, ...storageChecks()];
}
