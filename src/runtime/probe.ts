/** Run as a process of its own by `finetune doctor`: opens TensorFlow, multiplies two matrices, prints the device. */
import { describeDevice } from './device.js';
import { tf } from './tensorflow.js';

const product = tf.tidy(() => tf.matMul(tf.ones([8, 8]), tf.ones([8, 8])).dataSync());
if (product[0] !== 8) throw new Error(`8×8 ones multiplied gave ${product[0]} instead of 8`);
process.stdout.write(JSON.stringify(describeDevice()));
