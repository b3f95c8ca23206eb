import fs from 'node:fs';
import path from 'node:path';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { readTensors, tensorBytes } from '../formats/tensor-file.js';
import type { Weights } from '../formats/tensors.js';
import { type FitInput, type FitProgress, type FitResult, fit } from './fit.js';
import type { EpochRecord } from '../runtime/progress.js';

/** What a checkpoint file says besides its tensors. */
interface CheckpointRecord {
  readonly history: readonly EpochRecord[];
  readonly best?: { readonly epoch: number; readonly validationLoss: number };
  readonly finished: boolean;
}

/** Large networks take long to write: at most a tenth of the time goes into checkpoints. */
const leastSecondsBetweenSaves = 5;

/**
 * As `fit`, but keeps a checkpoint in `folder` under `name`: an interrupted fit goes on from its last saved epoch,
 * a finished one returns at once what it had learned. The caller sees to it that the folder belongs to the same
 * data and options.
 */
export async function fitWithCheckpoint(folder: string, name: string, input: FitInput): Promise<FitResult> {
  const file = path.join(folder, `${name}.safetensors`);
  const saved = fs.existsSync(file) ? readCheckpoint(file) : undefined;
  if (saved?.finished) {
    return {
      weights: saved.progress.best?.weights ?? saved.progress.state.weights,
      bestEpoch: saved.progress.best?.epoch ?? saved.progress.history.length,
      history: saved.progress.history,
      interrupted: false,
    };
  }
  let nextSave = performance.now() + leastSecondsBetweenSaves * 1000;
  let latest = saved?.progress;
  const result = await fit({
    ...input,
    ...(latest && { resume: latest }),
    onEpoch: async (record, progress) => {
      await input.onEpoch?.(record, progress);
      latest = progress();
      const now = performance.now();
      if (now > nextSave) {
        await writeCheckpoint(file, latest, false);
        const took = performance.now() - now;
        nextSave = performance.now() + Math.max(leastSecondsBetweenSaves * 1000, 9 * took);
      }
    },
  });
  if (latest) await writeCheckpoint(file, latest, !result.interrupted);
  return result;
}

async function writeCheckpoint(file: string, { history, state, best }: FitProgress, finished: boolean) {
  const record: CheckpointRecord = {
    history,
    ...(best && { best: { epoch: best.epoch, validationLoss: best.validationLoss } }),
    finished,
  };
  const tensors = new Map([
    ...prefixed('weights', state.weights),
    ...prefixed('slots', state.slots),
    ...prefixed('best', best?.weights ?? new Map()),
  ]);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  await writeFileAtomic(file, tensorBytes(tensors, { checkpoint: JSON.stringify(record) }));
}

function readCheckpoint(file: string): { progress: FitProgress; finished: boolean } {
  const { tensors, metadata } = readTensors(file);
  const record = JSON.parse(metadata['checkpoint'] ?? '{}') as CheckpointRecord;
  return {
    progress: {
      history: record.history,
      state: { weights: without('weights', tensors), slots: without('slots', tensors) },
      best: record.best && { ...record.best, weights: without('best', tensors) },
    },
    finished: record.finished,
  };
}

function prefixed(prefix: string, weights: Weights): Weights {
  return new Map([...weights].map(([name, tensor]) => [`${prefix}:${name}`, tensor]));
}

function without(prefix: string, tensors: Weights): Weights {
  const start = `${prefix}:`;
  return new Map(
    [...tensors]
      .filter(([name]) => name.startsWith(start))
      .map(([name, tensor]) => [name.slice(start.length), tensor]),
  );
}
