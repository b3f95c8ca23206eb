import type { DeviceName } from '../runtime/gpu.js';
import { machineChecks } from '../runtime/checks/machine.js';
import { storageChecks } from '../zoo/storage-checks.js';
import { tensorflowChecks } from '../runtime/checks/tensorflow-library.js';
import { toolChecks } from '../runtime/checks/tools.js';

/** One thing that was looked at. */
export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly message: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** Looks at everything that a run depends on; nothing is changed. */
export async function runChecks(device: DeviceName): Promise<Check[]> {
  const tensorflow = await tensorflowChecks(device);
  const isSetUp = tensorflow[0]?.status === 'ok';
  return [...machineChecks(), ...(await toolChecks(isSetUp)), ...tensorflow, ...storageChecks()];
}
