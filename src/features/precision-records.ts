import path from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { cacheFolder } from '../runtime/cache.js';
import { productsSaturate } from '../runtime/cpu.js';
import { hasTiledLayers } from './tile-program.js';
import { describeDevice } from '../runtime/device.js';
import { readJsonIfThere } from '../runtime/json-file.js';
import { makeFolder } from '../runtime/make-folder.js';
import { digestOf } from './feature-key.js';
import type { PrefixSettings } from './frozen-extractor.js';
import { branchSettingsSchema } from './settings-schema.js';

/** How a frozen part computes, and why. */
export interface ChosenPrecision {
  readonly settings: PrefixSettings;
  /** One line for people. */
  readonly reason: string;
}

const choiceSchema = z.object({ settings: branchSettingsSchema, reason: z.string().min(1) });

const speedsSchema = z.record(
  z.string(),
  z.object({ ms: z.number().positive(), referenceMs: z.number().positive() }),
);

/** A choice that was kept in `file`; undefined when there is none, or the file is damaged: it is then written anew. */
export function readChoice(file: string): ChosenPrecision | undefined {
  return read(file, choiceSchema);
}

/** Times that were kept in `file`, as `readChoice`. */
export function readSpeeds(file: string): z.infer<typeof speedsSchema> | undefined {
  return read(file, speedsSchema);
}

function read<T>(file: string, schema: z.ZodType<T>): T | undefined {
  return schema.safeParse(readJsonIfThere(file)).data;
}

export async function writeRecord(file: string, value: object): Promise<void> {
  makeFolder(path.dirname(file));
  await writeFileAtomic(file, `${JSON.stringify(value, null, 1)}\n`);
}

/**
 * The file of the cache for what depends on `identity` and on the kind of machine. A stopwatch never says the same
 * twice: what it said once of a network on a kind of machine is kept, so that a command repeated gives the same figures.
 */
export function machineRecord(identity: object): string {
  const { used, tensorflow, cpu, cores, card } = describeDevice();
  const onednn = process.env['TF_ENABLE_ONEDNN_OPTS']; // decides whether there is int8 at all
  const machine = [
    ...[used, tensorflow, cpu, cores],
    ...(used === 'gpu' && card ? [card.name] : []),
    ...(onednn === undefined ? [] : [`oneDNN ${onednn}`]),
    ...(productsSaturate() ? ['two products in sixteen bits'] : []), // which leave weights less room
    ...(hasTiledLayers() ? ['tiles'] : []), // which save a third to a half of the time
  ];
  return path.join(cacheFolder('precision'), `${digestOf({ ...identity, machine })}.json`);
}
