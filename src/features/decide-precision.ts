import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { type DecodeOptions, decodeBatches } from '../data/decode.js';
import type { Picture } from '../data/pictures.js';
import type { PixelBatch, Prefix } from './prefix.js';
import { choosePrecision } from './precision.js';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { cacheFolder } from '../runtime/cache.js';
import { messageOf } from '../runtime/errors.js';
import { makeFolder } from '../runtime/make-folder.js';
import { describeDevice } from '../runtime/device.js';
import { computeVersion, digestOf } from './feature-key.js';
import type { ResolvedOptions } from '../runs/options.js';
import { type FrozenPart, frozenKey, type PrefixSettings } from './frozen-extractor.js';
import type { Hooks } from '../runtime/progress.js';

export interface ChosenPrecision {
  readonly settings: PrefixSettings;
  /** One line for people. */
  readonly reason: string;
}

/** Compiled already where it was tried just now. */
export interface DecidedPrecision extends ChosenPrecision {
  readonly prefix?: Prefix;
}

/** Pictures that check and time, and others that calibrate: see `calibrate` for how many it takes. */
const [checking, calibrating] = [16, 16];

/** Trying takes as long as float32 takes for about 60 pictures, int8 then about a third of float32's time. */
const worthTrying = 200;

/**
 * Decides how the frozen part computes. With `auto` or a low precision it is tried on training pictures: timed, and
 * its features held against float32's. The choice is kept, so that the next run on the same pictures and machine
 * computes, and finds, the same features.
 *
 * @param total how many pictures will be computed; few are not worth the trial.
 */
export async function decidePrecision(
  frozen: FrozenPart,
  decode: DecodeOptions,
  { train, total }: { readonly train: readonly Picture[]; readonly total: number },
  options: ResolvedOptions,
  { onProgress, signal }: Hooks,
): Promise<DecidedPrecision> {
  const asked = options.precision;
  if (asked === 'float32') return plain('as asked for.');
  if (asked === 'auto' && total < worthTrying) {
    return plain(
      `with fewer than ${worthTrying} pictures, trying a lower precision takes longer than it saves.`,
    );
  }
  // by digest: any order that depends on the pictures alone is as good as chance
  const pictures = [...train].sort((a, b) => (a.digest < b.digest ? -1 : 1)).slice(0, calibrating + checking);
  const file = path.join(cacheFolder('precision'), `${choiceKey(frozen, decode, pictures, asked)}.json`);
  const known = options.cache ? readChoice(file) : undefined;
  if (known) return known;
  onProgress?.({
    kind: 'note',
    message: 'Trying the frozen network in lower precision on training pictures',
  });
  const batches: PixelBatch[] = [];
  const source = decodeBatches(pictures, {
    ...decode,
    batchSize: checking,
    onBroken: () => {},
    ...(signal && { signal }),
  });
  for await (const { pixels, pictures: decoded } of source) batches.push({ pixels, count: decoded.length });
  const { prefix, ...choice } = choose(frozen, asked, batches);
  if (options.cache) await keepChoice(file, choice, onProgress);
  return { ...choice, ...(prefix && { prefix }) };
}

const choiceSchema = z.object({
  settings: z.union([
    z.object({ precision: z.enum(['float32', 'bfloat16', 'float16']) }),
    z.object({
      precision: z.literal('int8'),
      calibration: z.object({ ranges: z.record(z.string(), z.number().positive()) }),
    }),
  ]),
  reason: z.string().min(1),
});

/** What was chosen before; undefined when nothing was, or what is written there is no choice: it is made anew. */
export function readChoice(file: string): ChosenPrecision | undefined {
  try {
    return choiceSchema.parse(JSON.parse(fs.readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** A cache that cannot be written to costs the next run a trial, not this one its choice. */
async function keepChoice(
  file: string,
  choice: ChosenPrecision,
  onProgress: Hooks['onProgress'],
): Promise<void> {
  try {
    makeFolder(path.dirname(file));
    await writeFileAtomic(file, `${JSON.stringify(choice, null, 1)}\n`);
  } catch (error) {
    const message = `The choice of a precision cannot be kept in the cache: ${messageOf(error)}`;
    onProgress?.({ kind: 'note', message });
  }
}

function plain(why: string): ChosenPrecision {
  return { settings: { precision: 'float32' }, reason: `float32: ${why}` };
}

function choose(
  frozen: FrozenPart,
  asked: Exclude<ResolvedOptions['precision'], 'float32'>,
  batches: readonly PixelBatch[],
): DecidedPrecision {
  const [heldOut, ...calibration] = batches;
  if (!heldOut || calibration.length === 0) {
    return plain(`a lower precision needs more than ${checking} training pictures to be tried on.`);
  }
  const chosen = choosePrecision(frozen, asked, { heldOut, calibration });
  const settings: PrefixSettings =
    chosen.precision === 'int8'
      ? { precision: 'int8', calibration: chosen.calibration! }
      : { precision: chosen.precision };
  return { settings, reason: chosen.reason, prefix: chosen.prefix };
}

function choiceKey(
  frozen: FrozenPart,
  decode: DecodeOptions,
  pictures: readonly Picture[],
  asked: string,
): string {
  const { used, tensorflow, cpu, cores } = describeDevice();
  return digestOf({
    asked,
    of: frozenKey(frozen),
    compute: computeVersion,
    decode,
    pictures: pictures.map(({ digest }) => digest),
    machine: [used, tensorflow, cpu, cores],
  });
}
