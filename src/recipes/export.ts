import fs from 'node:fs';
import path from 'node:path';
import { pageFiles, pageFolder, writeBrowserPage } from '../export/browser-page.js';
import { exportKeras } from '../export/network-keras.js';
import { exportOnnx } from '../export/network-onnx.js';
import { exportSavedModel } from '../export/network-saved-model.js';
import { differenceOfSavedModel, differenceOfTfjs, expectSame } from '../export/open-again.js';
import { differenceOfOnnx } from '../export/open-onnx-again.js';
import { tfjsFormatOf } from '../export/save-tfjs-model.js';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { writeFolderAtomic } from '../runtime/atomic-folder.js';
import { oneOfNames, UserError } from '../runtime/errors.js';
import { shardTfjs } from '../formats/tfjs-shards.js';
import { parseSplitRecord } from '../data/split-record.js';
import { modelCard, modelCardFile } from '../report/model-card.js';
import { readRun } from '../runs/read-run.js';
import { exportSafetensors } from '../export/network-safetensors.js';
import { expectKerasWeights, expectSafetensors } from '../export/open-weights-again.js';
import { Classifier, readClassifier, type SavedClassifier } from '../runs/classifier.js';
import { type Ask, askNetwork, goldenPicture, goldenRecord, writeGolden } from '../runs/golden-picture.js';
import { howToUseFile, writeHowToUse } from '../runs/how-to-use.js';
import { int8Layers, onnxResize } from '../runs/onnx-settings.js';
import { pythonRuntimes, writeNetworkProgram } from '../runs/python-runtimes.js';
import { verifyFile, verifyProgram } from '../runs/verify-program.js';

export const exportFormats = ['savedmodel', 'keras', 'tfjs', 'onnx', 'safetensors'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface ExportOptions {
  /**
   * `savedmodel` for Python's TensorFlow and TensorFlow Serving, `keras` for Keras 3, `tfjs` for browsers, `onnx` for
   * onnxruntime and others, `safetensors` for the weights alone.
   */
  readonly format: string;
  /** A new or empty folder, or an earlier export, which is replaced; RUN/export/FORMAT unless told. */
  readonly out?: string;
  /** Of `tfjs`: weights in half precision. */
  readonly float16?: boolean;
  /** Of `onnx`, of a run that computed in int8: the same layers in eight-bit integers, with the run's own ranges. */
  readonly int8?: boolean;
}

/**
 * Writes a run's classifier for other programs: float32 in any case, whatever precision the run computed in. Beside
 * the model, labels.txt has the classes in the order of the probabilities; how-to-use.json and README.md say how to
 * feed it; MODEL_CARD.md how good it is and what it was trained on; golden.png and golden.json what it must answer, which
 * verify.py asks in Python.
 *
 * - `savedmodel`: signature `serving_default` from `pictures` (uint8 RGB, [batch, height, width, 3]) to
 *   `probabilities`; preprocessing is inside.
 * - `tfjs`: the run's TF.js model with its weights in shards, from RGB pixels 0 to 255 to probabilities.
 * - `keras`: a functional model of standard layers in a `.keras` archive, from float32 pixels 0 to 255 to probabilities.
 * - `onnx`: an ONNX model of opset 17 with the input and output of `savedmodel`.
 * - `safetensors`: the weights by name and, as metadata, the network that computes with them.
 *
 * The model is opened again and asked before it takes its place; until then an earlier export stays as it was.
 *
 * @returns the folder.
 */
export async function exportRun(run: string, options: ExportOptions): Promise<string> {
  const format = formatOf(options);
  const { float16 = false, int8 = false } = options;
  const model = path.join(run, 'model');
  const classifier = await readClassifier(model);
  const directory = path.resolve(options.out ?? path.join(run, 'export', format));
  expectReplaceable(directory);
  await writeFolderAtomic(directory, async (temporary) => {
    await write[format](temporary, { model, classifier, directory, float16, int8 });
    await writeFileAtomic(path.join(temporary, 'labels.txt'), `${classifier.labels.join('\n')}\n`);
    await writeHowToUse(temporary, {
      ...classifier,
      format: format === 'tfjs' ? tfjsFormatOf(classifier.network) : format,
      weights: int8 ? 'int8' : float16 ? 'float16' : 'float32',
      check: checkOf(format),
    });
    const tolerance = int8 ? int8Tolerance : float16 ? halvesTolerance : floatTolerance;
    const { labels } = classifier;
    await writeGolden(temporary, classifier.network, int8 ? askRun(classifier) : askNetwork(classifier), {
      labels,
      tolerance,
    });
    if (format in pythonRuntimes) {
      const runtime = pythonRuntimes[format as keyof typeof pythonRuntimes];
      await writeFileAtomic(path.join(temporary, verifyFile), verifyProgram(runtime));
    }
    await writeModelCard(temporary, run);
  });
  return directory;
}

/** Says what the run's folder tells; a folder with nothing but a model tells too little for a card. */
async function writeModelCard(directory: string, run: string): Promise<void> {
  if (!fs.existsSync(path.join(run, 'metrics.json'))) return;
  const split = path.join(run, 'split.json');
  const record = fs.existsSync(split)
    ? parseSplitRecord(JSON.parse(fs.readFileSync(split, 'utf8')))
    : undefined;
  await writeFileAtomic(path.join(directory, modelCardFile), modelCard(readRun(run), record));
}

function checkOf(format: ExportFormat): string {
  const check = `asked about \`${goldenPicture}\`, the model must answer as \`${goldenRecord}\` says`;
  if (format === 'tfjs') return `${check}; \`verify.html\` asks, when the folder is served.`;
  return format in pythonRuntimes ? `${check}; \`python ${verifyFile}\` asks.` : `${check}.`;
}

interface Asked {
  /** The `model/` folder of the run. */
  readonly model: string;
  readonly classifier: SavedClassifier;
  /** What the folder will be called. */
  readonly directory: string;
  readonly float16: boolean;
  readonly int8: boolean;
}

/** Writes a model of each format into a folder and opens it again. */
const write: Record<ExportFormat, (temporary: string, asked: Asked) => Promise<void>> = {
  savedmodel: async (temporary, { classifier, directory }) => {
    await exportSavedModel(temporary, classifier);
    expectSame(await differenceOfSavedModel(temporary, classifier), directory);
  },
  tfjs: async (temporary, { model, classifier, directory, float16 }) => {
    await shardTfjs(path.join(model, 'model.json'), temporary, { float16 });
    writeBrowserPage(temporary);
    const difference = await differenceOfTfjs(temporary, classifier);
    if (float16) expectHalvesSuffice(difference);
    else expectSame(difference, directory);
  },
  keras: async (temporary, { classifier, directory }) => {
    await exportKeras(temporary, classifier);
    await expectKerasWeights(temporary, classifier, directory);
  },
  safetensors: async (temporary, { classifier, directory }) => {
    const { labels, decode } = classifier;
    await exportSafetensors(temporary, classifier, {
      labels: JSON.stringify(labels),
      picture: JSON.stringify(decode),
    });
    writeNetworkProgram(temporary);
    await expectSafetensors(temporary, classifier, directory);
  },
  onnx: async (temporary, { classifier, directory, int8 }) => {
    const { labels, decode } = classifier;
    const layers = int8 ? int8Layers(classifier) : undefined;
    await exportOnnx(temporary, classifier, {
      metadata: { labels: JSON.stringify(labels), resize: decode.resize },
      resize: onnxResize(decode),
      ...(layers && { int8: layers }),
    });
    const difference = await differenceOfOnnx(temporary, classifier, layers?.cut);
    if (!int8) expectSame(difference, directory);
  },
};

function formatOf({ format: given, float16, int8 }: ExportOptions): ExportFormat {
  const format = oneOfNames('--format', given, exportFormats);
  if (int8 && format !== 'onnx') {
    throw new UserError(`Expected --int8 with --format onnx: ${format} keeps float32 weights.`);
  }
  if (float16 && format !== 'tfjs') {
    throw new UserError(`Expected --float16 with --format tfjs: ${format} keeps float32 weights.`);
  }
  return format;
}

/** What an export consists of: a folder with anything else in it is somebody's own. */
const ownFile =
  /^(how-to-use\.json|README\.md|labels\.txt|golden\.(png|json)|verify\.py|network\.py|MODEL_CARD\.md|saved_model\.pb|model\.(json|onnx|keras|safetensors)|group1-shard\d+of\d+\.bin)$/;
const isOwn = (name: string) =>
  ownFile.test(name) || name === pageFolder || pageFiles.some((file) => file === name);

/** @throws UserError unless the folder is new, empty or an earlier export. */
function expectReplaceable(directory: string): void {
  if (!fs.existsSync(directory)) return;
  if (!fs.statSync(directory).isDirectory()) {
    throw new UserError(`Expected --out to be a folder but '${directory}' is a file. Choose another name.`);
  }
  const names = fs.readdirSync(directory);
  const isExport = names.includes(howToUseFile) && names.every(isOwn);
  if (names.length > 0 && !isExport) {
    throw new UserError(
      `Expected a new or empty folder, or an earlier export, but '${directory}' has other files in it. Give another --out.`,
    );
  }
}

/** Asks in the precision that the run computed in; of one look, as whatever loads the export sees it. */
function askRun(saved: SavedClassifier): Ask {
  return (pixels) => {
    const classifier = new Classifier(saved, { mirrored: false });
    try {
      return classifier.probabilities(pixels, 1)[0]!;
    } finally {
      classifier.dispose();
    }
  };
}

/** How far a probability of the golden picture may lie from the network's own, which another order of computing rounds. */
const floatTolerance = 1e-4;

/** The same of eight-bit integers, where runtimes round at other places. */
const int8Tolerance = 0.05;

/** How much halved weights may change a probability of made-up pictures. */
const halvesTolerance = 0.1;

function expectHalvesSuffice(difference: number): void {
  if (difference <= halvesTolerance) return;
  throw new UserError(
    'Expected weights in half precision to give about the same probabilities but for this network they do not. Export without --float16.',
  );
}
