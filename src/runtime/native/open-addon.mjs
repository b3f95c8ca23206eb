// Opens the addon named by the first argument, multiplies two matrices with it, and prints what it found as JSON.
// A process of its own, because a library that does not suit the machine ends the process that loads it. Plain
// JavaScript, because it also runs before there is anything built.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const binding = require(String(process.argv[2]));

/** @param {number[]} values */
const matrix = (values) => binding.createTensor([2, 2], binding.TF_FLOAT, new Float32Array(values));
const [product] = binding.executeOp(
  'MatMul',
  [
    { name: 'transpose_a', type: binding.TF_ATTR_BOOL, value: false },
    { name: 'transpose_b', type: binding.TF_ATTR_BOOL, value: false },
    { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
  ],
  [matrix([1, 2, 3, 4]), matrix([5, 6, 7, 8])],
  1,
);
const values = [...binding.tensorDataSync(product.id)];
if (values.join() !== '19,22,43,50') throw new Error(`[[1,2],[3,4]] × [[5,6],[7,8]] came out as ${values}`);
process.stdout.write(JSON.stringify({ version: binding.TF_Version, gpu: binding.isUsingGpuDevice() }));
