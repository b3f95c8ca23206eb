import fs from 'node:fs';
import path from 'node:path';
import { exportSavedModel } from '../export/network-saved-model.js';
import { differenceOfSavedModel, differenceOfTfjs, expectSame } from '../export/open-again.js';
import { tfjsFormatOf } from '../export/save-tfjs-model.js';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { writeFolderAtomic } from '../runtime/atomic-folder.js';
import { didYouMean, UserError } from '../runtime/errors.js';
import { shardTfjs } from '../formats/tfjs-shards.js';
import { readClassifier } from '../runs/classifier.js';
import { howToUseFile, writeHowToUse } from '../runs/how-to-use.js';

export const exportFormats = ['savedmodel', 'tfjs'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface ExportOptions {
  /** `savedmodel` for Python's TensorFlow and TensorFlow Serving, `tfjs` for browsers. */
  readonly format: string;
  /** A new or empty folder, or an earlier export, which is replaced; RUN/export/FORMAT unless told. */
  readonly out?: string;
  /** Of `tfjs`: weights in half precision. */
  readonly float16?: boolean;
}

/**
 * Writes a run's classifier for other programs: float32 in any case, whatever precision the run computed in. Beside
 * the model, labels.txt has the classes in the order of the probabilities; how-to-use.json and README.md say how to
 * feed it.
 *
 * - `savedmodel`: signature `serving_default` from `pictures` (uint8 RGB, [batch, height, width, 3]) to
 *   `probabilities`; preprocessing is inside.
 * - `tfjs`: the run's TF.js model with its weights in shards, from RGB pixels 0 to 255 to probabilities.
 *
 * The model is opened again and asked before it takes its place; until then an earlier export stays as it was.
 *
 * @returns the folder.
 */
export async function exportRun(run: string, options: ExportOptions): Promise<string> {
  const format = formatOf(options);
  const float16 = options.float16 ?? false;
  const model = path.join(run, 'model');
  const classifier = await readClassifier(model);
  const directory = path.resolve(options.out ?? path.join(run, 'export', format));
  expectReplaceable(directory);
  await writeFolderAtomic(directory, async (temporary) => {
    if (format === 'savedmodel') {
      await exportSavedModel(temporary, classifier);
      expectSame(await differenceOfSavedModel(temporary, classifier), directory);
    } else {
      await shardTfjs(path.join(model, 'model.json'), temporary, { float16 });
      const difference = await differenceOfTfjs(temporary, classifier);
      if (float16) expectHalvesSuffice(difference);
      else expectSame(difference, directory);
    }
    await writeFileAtomic(path.join(temporary, 'labels.txt'), `${classifier.labels.join('\n')}\n`);
    await writeHowToUse(temporary, {
      ...classifier,
      format: format === 'savedmodel' ? format : tfjsFormatOf(classifier.network),
      weights: float16 ? 'float16' : 'float32',
    });
  });
  return directory;
}

function formatOf({ format: given, float16 }: ExportOptions): ExportFormat {
  const format = exportFormats.find((name) => name === given);
  if (!format) {
    throw new UserError(
      `Expected --format ${exportFormats.join(' or ')} but received '${given}'.${didYouMean(given, exportFormats)}`,
    );
  }
  if (float16 && format !== 'tfjs') {
    throw new UserError('Expected --float16 with --format tfjs: a SavedModel keeps float32 weights.');
  }
  return format;
}

/** What an export consists of: a folder with anything else in it is somebody's own. */
const ownFile =
  /^(how-to-use\.json|README\.md|labels\.txt|saved_model\.pb|model\.json|group1-shard\d+of\d+\.bin)$/;

/** @throws UserError unless the folder is new, empty or an earlier export. */
function expectReplaceable(directory: string): void {
  if (!fs.existsSync(directory)) return;
  if (!fs.statSync(directory).isDirectory()) {
    throw new UserError(`Expected --out to be a folder but '${directory}' is a file. Choose another name.`);
  }
  const names = fs.readdirSync(directory);
  const isExport = names.includes(howToUseFile) && names.every((name) => ownFile.test(name));
  if (names.length > 0 && !isExport) {
    throw new UserError(
      `Expected a new or empty folder, or an earlier export, but '${directory}' has other files in it. Give another --out.`,
    );
  }
}

/** How much halved weights may change a probability of made-up pictures. */
const halvesTolerance = 0.1;

function expectHalvesSuffice(difference: number): void {
  if (difference <= halvesTolerance) return;
  throw new UserError(
    'Expected weights in half precision to give about the same probabilities but for this network they do not. Export without --float16.',
  );
}
