import { tf } from '../../src/runtime/tensorflow.js';

/** A SavedModel in TF.js on Node, whose types are not those of plain TF.js. */
export interface LoadedSavedModel {
  readonly inputs: readonly { name: string; tfDtype: string }[];
  predict(inputs: Record<string, unknown>): Record<string, { shape: number[]; dataSync(): Float32Array }>;
  dispose(): void;
}

export function loadSavedModel(folder: string): Promise<LoadedSavedModel> {
  return (tf as unknown as { node: { loadSavedModel: typeof loadSavedModel } }).node.loadSavedModel(folder);
}
