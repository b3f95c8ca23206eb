import { type DeviceFacts, deviceFacts } from './device-facts.js';
import { nativeBinding, usesGpu } from './tensorflow.js';

export type { DeviceFacts } from './device-facts.js';

/** The device in use and, when no GPU is used, exactly why not. Importing this module opens TensorFlow. */
export function describeDevice(): DeviceFacts {
  return deviceFacts(usesGpu(), nativeBinding().TF_Version);
}
