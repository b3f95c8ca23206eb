import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type NativeTensor, nativeBinding } from '../runtime/tensorflow.js';
import type { Output } from './graph-def.js';
import { integer, type Message, message, nested } from '../formats/protobuf-writer.js';
import { savedModelMessage } from './saved-model.js';

/** Toggle values of rewriter_config.proto. */
const off = 2;

/**
 * How TensorFlow makes a session of a graph that is mostly constants: a ConfigProto (tensorflow/core/protobuf/config.proto,
 * rewriter_config.proto) without the passes that copy all of them and change nothing. The one that takes the graph to MLIR
 * and back writes constants of eight bits as text and parses them, several times: VGG-16's in int8 for 1.7 seconds.
 * Arithmetic, dependencies, constant folding and fusing are left on: without them other bits come out. For CPUs: on a GPU
 * the pass for layouts is wanted.
 */
export const forConstants: Message = nested(
  10, // graph_options
  nested(
    10, // rewrite_options
    message(
      integer(32, true), // disable_tfg_optimizer
      integer(12, 1), // meta_optimizer_iterations: one
      integer(4, 1), // memory_optimization: none
      integer(1, off), // layout_optimizer
      integer(24, off), // common_subgraph_elimination
      integer(13, off), // shape_optimization
      integer(9, off), // loop_optimization
      integer(22, off), // implementation_selector
    ),
  ),
);

/**
 * A graph loaded into a TensorFlow session, where its variables live. Tensors go in and come out by their native
 * ids; whoever gets an id deletes it.
 */
export class Session {
  readonly #id: number;
  #open = true;

  /**
   * Loads a GraphDef. TensorFlow reads it from a temporary folder that is gone when the constructor returns.
   *
   * @param config a ConfigProto, TensorFlow's own unless told. The addon of @tensorflow/tfjs-node-gpu knows of none (ours
   *   does, see native/own-memory.h): so it may change how long things take, not what comes out.
   */
  constructor(graph: Message, config?: Message) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'finetune-graph-'));
    try {
      writeMessage(path.join(folder, 'saved_model.pb'), savedModelMessage(graph));
      if (config) writeMessage(path.join(folder, 'session_config.pb'), config);
      this.#id = nativeBinding().loadSavedModel(folder, 'serve');
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Computes `outputs` with the placeholders of `inputs` fed. Blocks until they are done. */
  run(inputs: readonly (readonly [Output, number])[], outputs: readonly Output[]): NativeTensor[] {
    if (!this.#open) throw new Error('this session is closed');
    return nativeBinding().runSavedModel(
      this.#id,
      inputs.map(([, id]) => id),
      inputs.map(([name]) => name).join(','),
      outputs.join(','),
    );
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false; // first, so that no second attempt frees it again
    nativeBinding().deleteSavedModel(this.#id);
  }
}

/** Chunks from this size on are written as they are: joining them all would copy a network's weights once more. */
const largeChunk = 2 ** 16;

function writeMessage(file: string, { chunks }: Message): void {
  const descriptor = fs.openSync(file, 'wx');
  let small: Uint8Array[] = [];
  const flush = (...more: Uint8Array[]) => {
    for (const bytes of [Buffer.concat(small), ...more]) {
      for (let done = 0; done < bytes.length;) done += fs.writeSync(descriptor, bytes, done);
    }
    small = [];
  };
  try {
    for (const chunk of chunks) {
      if (chunk.length < largeChunk) small.push(chunk);
      else flush(chunk);
    }
    flush();
  } finally {
    fs.closeSync(descriptor);
  }
}
