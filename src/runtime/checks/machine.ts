import os from 'node:os';
import { cpuFacts } from '../cpu.js';
import { messageOf } from '../errors.js';
import { wheelsSuitMachine } from '../install/suits-machine.js';
import type { Check } from './check.js';
import { byteSize } from '../byte-size.js';

/** Below this the main job, which is kept under 3 GB, has no room beside the system. */
const enoughMemory = 4e9;

/** Node, the platform, the processor and the memory. */
export function machineChecks(): Check[] {
  return [checkNode(), checkPlatform(), checkProcessor(), checkMemory()];
}

function checkNode(): Check {
  const name = 'Node';
  const message = `${process.versions.node}`;
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 9)) return { name, status: 'ok', message };
  return { name, status: 'fail', message: `${message} is too old`, advice: 'Install Node 20.9 or newer.' };
}

function checkPlatform(): Check {
  const name = 'Platform';
  const message = `${process.platform} ${process.arch}, ${os.version()}`;
  try {
    wheelsSuitMachine();
    return { name, status: 'ok', message };
  } catch (error) {
    return {
      name,
      status: 'warn',
      message: `${message}: TensorFlow's wheels do not suit it; ${messageOf(error)}`,
      advice:
        "tfjs-node-gpu's own installer is tried instead, with an older TensorFlow. Linux on x86-64 is what is tested.",
    };
  }
}

function checkProcessor(): Check {
  const { cpu, cores, instructions } = cpuFacts();
  const sets = instructions.length > 0 ? `, ${instructions.join(', ')}` : '';
  return {
    name: 'Processor',
    status: 'ok',
    message: `${cpu}, ${cores} ${cores === 1 ? 'core' : 'cores'}${sets}`,
  };
}

function checkMemory(): Check {
  const name = 'Memory';
  const { memory } = cpuFacts();
  if (memory >= enoughMemory) return { name, status: 'ok', message: byteSize(memory) };
  return {
    name,
    status: 'warn',
    message: `${byteSize(memory)} is little`,
    advice: 'If a run is killed, give --extract-batch-size a smaller number, or this machine more memory.',
  };
}
