import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { UserError } from '../runtime/errors.js';
import { makeFolder } from '../runtime/make-folder.js';
import { isSystemError } from '../runtime/system-errors.js';
import { readSafetensorsWithMetadata, safetensorsBytes } from '../formats/safetensors.js';
import { allFinite, type Weights } from '../formats/tensors.js';
import { type FitInput, type FitProgress, type FitResult, fit } from './fit.js';
import type { EpochRecord } from '../runtime/progress.js';
import type { Trainer, TrainingState } from './trainer.js';

const epochRecord: z.ZodType<EpochRecord> = z.object({
  epoch: z.number().int().positive(),
  loss: z.number(),
  accuracy: z.number(),
  validationLoss: z.number().exactOptional(),
  validationAccuracy: z.number().exactOptional(),
  learningRate: z.number(),
  seconds: z.number(),
});

/** What a checkpoint file says besides its tensors. */
const recordSchema = z.object({
  history: z.array(epochRecord).refine((rows) => rows.every(({ epoch }, i) => epoch === i + 1)),
  best: z.object({ epoch: z.number().int().positive(), validationLoss: z.number() }).exactOptional(),
  finished: z.boolean(),
});
type CheckpointRecord = z.infer<typeof recordSchema>;

/** Large networks take long to write: at most a tenth of the time goes into checkpoints. */
const leastSecondsBetweenSaves = 5;

/**
 * As `fit`, but keeps a checkpoint in `folder` under `name`: an interrupted fit goes on from its last saved epoch,
 * a finished one returns at once what it had learned. The caller sees to it that the folder belongs to the same
 * data and options. A checkpoint that is damaged is told to `onDamaged`, and the fit begins anew.
 */
export async function fitWithCheckpoint(
  folder: string,
  name: string,
  input: FitInput & { readonly onDamaged?: (reason: string) => void },
): Promise<FitResult> {
  const file = path.join(folder, `${name}.safetensors`);
  const saved = await findCheckpoint(file, input);
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
    history: [...history],
    ...(best && { best: { epoch: best.epoch, validationLoss: best.validationLoss } }),
    finished,
  };
  const tensors = new Map([
    ...prefixed('weights', state.weights),
    ...prefixed('slots', state.slots),
    ...prefixed('best', best?.weights ?? new Map()),
  ]);
  makeFolder(path.dirname(file));
  await writeFileAtomic(file, safetensorsBytes(tensors, { checkpoint: JSON.stringify(record) }));
}

interface Checkpoint {
  readonly progress: FitProgress;
  readonly finished: boolean;
}

/** The checkpoint in `file`; undefined when there is none, or none that can be gone on with. */
async function findCheckpoint(
  file: string,
  { trainer, onDamaged }: { trainer: Trainer; onDamaged?: (reason: string) => void },
): Promise<Checkpoint | undefined> {
  const stat = fs.lstatSync(file, { throwIfNoEntry: false });
  if (!stat) return undefined;
  try {
    if (!stat.isFile()) throw new UserError(`Expected '${file}' to be a file but it is none.`);
    const checkpoint = await readCheckpoint(file);
    checkFits(file, checkpoint.progress, trainer.state());
    return checkpoint;
  } catch (error) {
    // That the system cannot read it just now says nothing of the file.
    if (!(error instanceof UserError) || isSystemError(error.cause)) throw error;
    onDamaged?.(error.message);
    fs.rmSync(file, { recursive: true });
    return undefined;
  }
}

async function readCheckpoint(file: string): Promise<Checkpoint> {
  const { tensors, metadata } = await readSafetensorsWithMetadata(file);
  const { history, best, finished } = readRecord(file, metadata['checkpoint']);
  return {
    progress: {
      history,
      state: { weights: without('weights', tensors), slots: without('slots', tensors) },
      best: best && { ...best, weights: without('best', tensors) },
    },
    finished,
  };
}

function readRecord(file: string, text: string | undefined): CheckpointRecord {
  try {
    return recordSchema.parse(JSON.parse(text ?? ''));
  } catch {
    throw new UserError(`Expected the record of a training in '${file}' but it is damaged.`);
  }
}

/** Weights as many and as large as those of the network that is trained, and numbers all of them. */
function checkFits(file: string, { state, best }: FitProgress, own: TrainingState): void {
  const parts: [Weights, Weights][] = [
    [state.weights, own.weights],
    [state.slots, own.slots],
    ...(best ? [[best.weights, own.weights] satisfies [Weights, Weights]] : []),
  ];
  for (const [saved, expected] of parts) {
    const fits = [...expected].every(([name, { shape }]) => String(saved.get(name)?.shape) === String(shape));
    if (!fits || saved.size !== expected.size) {
      throw new UserError(`Expected the weights that are trained in '${file}' but found others.`);
    }
    const broken = [...saved].find(([, { data }]) => !allFinite(data));
    if (broken) throw new UserError(`Expected numbers in '${file}' but '${broken[0]}' has others.`);
  }
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
