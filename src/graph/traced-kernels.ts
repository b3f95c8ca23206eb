import type { KernelConfig, Tensor } from '@tensorflow/tfjs';
import { tf } from '../runtime/tensorflow.js';
import { dataTypeOf, executeOp } from './backend.js';
import { DataType } from './graph-def.js';

/** tf.gather's kernel reads the indices in JavaScript to check them; in a graph TensorFlow does that, at every run. */
const gather: KernelConfig = {
  kernelName: 'GatherV2',
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, attrs }) => {
    const [x, indices] = [inputs['x'] as Tensor, inputs['indices'] as Tensor];
    const { axis, batchDims } = attrs as unknown as { axis: number; batchDims: number };
    tf.backend_util.segment_util.collectGatherOpShapeInfo(x, indices, axis, batchDims);
    const axisTensor = tf.scalar(axis, 'int32');
    const [result] = executeOp('GatherV2', [x, indices, axisTensor], {
      batch_dims: { int: batchDims },
      Tparams: { type: dataTypeOf(x) },
      Tindices: { type: dataTypeOf(indices) },
      Taxis: { type: DataType.int32 },
    });
    axisTensor.dispose();
    return result!;
  },
};

/** Calls `body` with kernels that hand all their work to TensorFlow. */
export function withTracedKernels<T>(body: () => T): T {
  const original = tf.getKernel(gather.kernelName, gather.backendName);
  replaceKernel(gather);
  try {
    return body();
  } finally {
    replaceKernel(original);
  }
}

function replaceKernel(kernel: KernelConfig): void {
  tf.unregisterKernel(kernel.kernelName, kernel.backendName);
  tf.registerKernel(kernel);
}
