import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { zipSync } from 'fflate';
import { layerGroups } from './keras-archive.js';
import type { NamedTensor } from './tensors.js';

/** The oldest release whose way of saving this is; Keras keeps it for the reader's information. */
const kerasVersion = '3.0.0';

/** The earliest time that a zip archive can say: the same model gives the same bytes. */
const noTime = new Date(1980, 0, 1);

/**
 * A model as the bytes of a Keras 3 archive (`.keras`), which `keras.saving.load_model` opens.
 *
 * @param model as Keras writes it to config.json: a functional model, its layers in Keras' own order, which weights are found by.
 * @param weightsOf a layer by name: its tensors in the order in which Keras keeps them, in Keras' layouts.
 */
export async function kerasArchiveBytes(
  model: object,
  weightsOf: ReadonlyMap<string, readonly NamedTensor[]>,
): Promise<Uint8Array> {
  const groups = [...layerGroups(model)].map(([path, name]) => ({
    path,
    name,
    tensors: (weightsOf.get(name) ?? []).map(({ shape, data }) => ({ shape: [...shape], data })),
  }));
  const text = (content: object) => Buffer.from(JSON.stringify(content));
  const stored = { level: 0, mtime: noTime } as const;
  return zipSync({
    'metadata.json': [text({ keras_version: kerasVersion }), stored],
    'config.json': [text(model), stored],
    'model.weights.h5': [await hdf5Bytes(groups), stored],
  });
}

async function hdf5Bytes(groups: readonly object[]): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'finetune-'));
  const file = join(folder, 'model.weights.h5');
  const worker = new Worker(new URL('./hdf5-writer.mjs', import.meta.url), { workerData: { file, groups } });
  try {
    await once(worker, 'message');
    return await readFile(file);
  } finally {
    await worker.terminate();
    await rm(folder, { recursive: true, force: true });
  }
}
