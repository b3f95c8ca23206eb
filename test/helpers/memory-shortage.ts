/** Asks TensorFlow for a tensor that the process has no memory left for. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { messageOf } from '../../src/runtime/errors.js';
import { nativeBinding } from '../../src/runtime/tensorflow.js';

const binding = nativeBinding();
const float32 = binding['TF_FLOAT'] as number;
const large = new Float32Array(250e6); // of pages that nobody has touched
const used = /VmSize:\s+(\d+) kB/.exec(fs.readFileSync('/proc/self/status', 'utf8'))![1];
execFileSync('prlimit', ['--pid', `${process.pid}`, `--as=${Number(used) * 1024 + 300e6}`]);
try {
  binding.createTensor([large.length], float32, large);
} catch (error) {
  const id = binding.createTensor([2], float32, new Float32Array([1, 2]));
  process.stdout.write(
    `${messageOf(error)}; then ${binding.tensorDataSync(id)}, ${binding.getNumOfTensors()} tensor`,
  );
}
