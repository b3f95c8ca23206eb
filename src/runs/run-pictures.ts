import fs from 'node:fs';
import path from 'node:path';
import type { Split } from '../data/split.js';
import { applySplitRecord } from '../data/split-record.js';
import { messageOf, UserError } from '../runtime/errors.js';
import type { Hooks } from '../runtime/progress.js';
import { readConfigFile } from './config-file.js';
import { type FinetuneOptions, type ResolvedOptions, resolveOptions } from './options.js';
import { scanPictures } from './scan-pictures.js';

/** The pictures of a finished run, found again. */
export interface RunPictures {
  /** As the run had them; `data` is where its pictures lie now. */
  readonly options: ResolvedOptions;
  readonly split: Split;
  /** The run's split.json, as it stands there. */
  readonly record: object;
}

/**
 * Finds the pictures that a run was trained and measured on.
 *
 * @param data where they lie now, unless they lie where they lay.
 * @throws UserError when some are missing or have changed.
 */
export async function findRunPictures(
  run: string,
  labels: readonly string[],
  data: string | undefined,
  hooks: Hooks = {},
): Promise<RunPictures> {
  const asked = readConfigFile(path.join(run, 'config.json')) as FinetuneOptions;
  const { store, ...others } = asked;
  // features of other machines are a help where they can be seen
  const shared = store !== undefined && fs.existsSync(store) ? { store } : {};
  const options = resolveOptions({ ...others, ...shared, ...(data !== undefined && { data }) });
  if (!fs.existsSync(options.data)) {
    throw new UserError(
      `Expected the run's pictures in '${options.data}' but nothing is there. Say with --data where they lie now.`,
    );
  }
  const folder = await scanPictures(options.data, { layout: options.layout }, hooks);
  const record = readSplit(path.join(run, 'split.json'));
  const split = applySplitRecord(record, folder);
  if (labels.join('\0') !== folder.labels.join('\0')) {
    throw new UserError(
      `Expected the classes of the run in '${options.data}' but it has ${folder.labels.join(', ')}.`,
    );
  }
  return { options, split, record };
}

function readSplit(file: string): object {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')) as object;
  } catch (error) {
    throw new UserError(
      `Expected the run's split.json, which says what it was trained on, but it cannot be read: ${messageOf(error)}.`,
    );
  }
}
