import fs from 'node:fs';
import path from 'node:path';
import { exportSavedModel } from '../export/network-saved-model.js';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { didYouMean, UserError } from '../runtime/errors.js';
import { makeFolder } from '../runtime/make-folder.js';
import { shardTfjs } from '../formats/tfjs-shards.js';
import { readClassifier } from '../runs/classifier.js';

const exportFormats = ['savedmodel', 'tfjs'] as const;

export interface ExportOptions {
  /** `savedmodel` for Python's TensorFlow and TensorFlow Serving, `tfjs` for browsers. */
  readonly format: string;
  /** A new or empty folder; RUN/export/FORMAT unless told. */
  readonly out?: string;
  /** Of `tfjs`: weights in half precision. */
  readonly float16?: boolean;
}

/**
 * Writes a run's classifier for other programs: float32 in any case, whatever precision the run computed in. Beside
 * the model, labels.txt has the classes in the order of the probabilities.
 *
 * - `savedmodel`: signature `serving_default` from `pictures` (uint8 RGB, [batch, height, width, 3]) to
 *   `probabilities`; preprocessing is inside.
 * - `tfjs`: a layers model with its weights in shards, from RGB pixels 0 to 255 to probabilities.
 *
 * @returns the folder.
 */
export async function exportRun(run: string, options: ExportOptions): Promise<string> {
  const format = exportFormats.find((name) => name === options.format);
  if (!format) {
    throw new UserError(
      `Expected --format ${exportFormats.join(' or ')} but received '${options.format}'.${didYouMean(options.format, exportFormats)}`,
    );
  }
  if (options.float16 && format !== 'tfjs') {
    throw new UserError('Expected --float16 with --format tfjs: a SavedModel keeps float32 weights.');
  }
  const model = path.join(run, 'model');
  const classifier = await readClassifier(model);
  const directory = path.resolve(options.out ?? path.join(run, 'export', format));
  if (fs.existsSync(directory) && fs.readdirSync(directory).length > 0) {
    throw new UserError(
      `Expected a new or empty folder to export to but '${directory}' has files in it. Give another --out.`,
    );
  }
  const temporary = `${directory}.${process.pid}.part`;
  makeFolder(temporary);
  try {
    if (format === 'savedmodel') await exportSavedModel(temporary, classifier);
    else await shardTfjs(path.join(model, 'model.json'), temporary, { float16: options.float16 ?? false });
    await writeFileAtomic(path.join(temporary, 'labels.txt'), `${classifier.labels.join('\n')}\n`);
    fs.rmSync(directory, { recursive: true, force: true });
    fs.renameSync(temporary, directory);
  } catch (error) {
    fs.rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
  return directory;
}
