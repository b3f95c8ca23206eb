import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeFolder } from '../runtime/make-folder.js';

/** How a program in Python opens an exported model in its own folder, and asks it. */
export interface PythonRuntime {
  /** What is to be imported, and what installed. */
  readonly module: string;
  readonly import: string;
  readonly open: string;
  /** Of `pixels`, one picture: its row of probabilities. */
  readonly ask: string;
}

export const pythonRuntimes = {
  savedmodel: {
    module: 'tensorflow',
    import: 'import tensorflow as tf',
    open: "classify = tf.saved_model.load('.').signatures['serving_default']",
    ask: "classify(pictures=tf.constant(pixels[None]))['probabilities'][0].numpy()",
  },
  keras: {
    module: 'keras and one of its backends',
    import: 'import keras',
    open: "model = keras.saving.load_model('model.keras')",
    ask: 'model.predict(pixels[None].astype(np.float32), verbose=0)[0]',
  },
  onnx: {
    module: 'onnxruntime',
    import: 'import onnxruntime',
    open: "session = onnxruntime.InferenceSession('model.onnx')",
    ask: "session.run(['probabilities'], {'pictures': pixels[None]})[0][0]",
  },
  safetensors: {
    module: 'torch and safetensors',
    import: 'from network import Network',
    open: "network = Network('model.safetensors')",
    ask: 'network(pixels[None].astype(np.float32))[0].numpy()',
  },
} as const satisfies Record<string, PythonRuntime>;

/** The program in PyTorch that computes what a safetensors file describes; the path is the same from src/ and from dist/. */
const networkProgram = new URL('../../src/runs/python/network.py', import.meta.url);

/** Writes network.py, which computes with model.safetensors in PyTorch. */
export function writeNetworkProgram(directory: string): void {
  makeFolder(directory);
  fs.copyFileSync(fileURLToPath(networkProgram), path.join(directory, 'network.py'));
}
