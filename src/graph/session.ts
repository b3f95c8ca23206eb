import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type NativeTensor, nativeBinding } from '../runtime/tensorflow.js';
import type { Output } from './graph-def.js';
import type { Message } from '../formats/protobuf-writer.js';
import { savedModelMessage } from './saved-model.js';

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
   * @param kind `chain`: no two of its operations that take long could run at the same time. Our addon then begins them on
   *   the thread that asks, which saves waking another (0.4 ms of 25 for one picture); others pay the tag no heed.
   */
  constructor(graph: Message, kind: 'any' | 'chain' = 'any') {
    const tags = kind === 'chain' ? ['serve', kind] : ['serve'];
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'finetune-graph-'));
    try {
      fs.writeFileSync(
        path.join(folder, 'saved_model.pb'),
        Buffer.concat(savedModelMessage(graph, undefined, tags).chunks),
      );
      this.#id = nativeBinding().loadSavedModel(folder, tags.join(','));
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
