import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../runtime/errors.js';
import { type Bytes, readAs } from './bytes.js';
import { Cursor } from './cursor.js';
import { isKerasIndex } from './keras-sharded.js';
import { tableMagic } from './sorted-table.js';
import { openZip } from './zip.js';

export type WeightFormat =
  | 'caffe'
  | 'keras-h5'
  | 'keras-archive'
  | 'keras-sharded'
  | 'lasagne'
  | 'npy'
  | 'npz'
  | 'onnx'
  | 'pytorch'
  | 'safetensors'
  | 'shards'
  | 'tensorflow-checkpoint'
  | 'tensorflow-graph'
  | 'tensorflow-saved-model'
  | 'tfjs';

export interface DetectedWeights {
  format: WeightFormat;
  /** What the format's reader takes: the path given, or the file that a folder or a checkpoint's prefix stands for. */
  path: string;
}

/**
 * Finds the format of a file of weights by its content, whatever its ending. A folder may be a SavedModel, a TF.js model
 * or one of TensorFlow's checkpoints, of which the latest counts; the common beginning of a TensorFlow checkpoint's files stands for the checkpoint.
 *
 * @throws UserError when there is no such file, or its content is of no known format.
 */
export async function detectFormat(path: string): Promise<DetectedWeights> {
  if (!existsSync(path) && existsSync(`${path}.index`)) return detectFormat(`${path}.index`);
  if (existsSync(path) && statSync(path).isDirectory()) return detectFolder(path);
  const format = await contentFormat(path);
  if (format === 'packed') {
    throw new UserError(
      `Expected '${path}' to hold weights but it is an archive of files. Unpack it and give the one with the weights.`,
    );
  }
  if (format === 'tensorflow-saved-model') return { format, path: dirname(path) };
  if (format === 'torch7') {
    throw new UserError(
      `Expected '${path}' to hold weights of a format that is read here but it is a file of Torch7. ` +
        `Convert it with load_lua of PyTorch 0.4 or older, or take torchvision's .pth of the same network.`,
    );
  }
  if (format === 'safetensors' || format === 'pytorch') return { format, path, ...wholeOf(path) };
  if (format !== 'unknown') return { format, path };
  const shard = /^(.*)\.data-\d{5}-of-\d{5}$/.exec(path);
  if (shard) return detectFormat(`${shard[1]}.index`);
  throw new UserError(
    `Expected '${path}' to hold weights of Caffe, Keras, NumPy, ONNX, PyTorch, safetensors, TensorFlow or TF.js but ` +
      `its content is of none of them. Check that the file is whole; of Caffe give the .caffemodel, of TF.js the model.json.`,
  );
}

/** The format of one file by its content alone, whatever lies beside it. */
export function contentFormat(path: string): Promise<WeightFormat | 'packed' | 'torch7' | 'unknown'> {
  return readAs('a file of weights', path, formatOf);
}

/** The index of the model that a file is a part of, `model-00001-of-00002.safetensors` for one, if it is there. */
function wholeOf(path: string): DetectedWeights | undefined {
  const [, model, ending] = /^(.*)-\d{5}-of-\d{5}(\.\w+)$/.exec(path) ?? [];
  const index = `${model}${ending}.index.json`;
  return ending !== undefined && existsSync(index) ? { format: 'shards', path: index } : undefined;
}

/** What a folder with a PyTorch model calls its weights. */
const filesOfModels: readonly (readonly [name: string, format: WeightFormat])[] = [
  ['model.safetensors', 'safetensors'],
  ['model.safetensors.index.json', 'shards'],
  ['pytorch_model.bin', 'pytorch'],
  ['pytorch_model.bin.index.json', 'shards'],
];

async function detectFolder(path: string): Promise<DetectedWeights> {
  if (existsSync(join(path, 'saved_model.pb'))) return { format: 'tensorflow-saved-model', path };
  if (existsSync(join(path, 'model.json'))) return { format: 'tfjs', path: join(path, 'model.json') };
  const [name, format] = filesOfModels.find(([name]) => existsSync(join(path, name))) ?? [];
  if (name !== undefined && format !== undefined) return { format, path: join(path, name) };
  const checkpoint = latestCheckpoint(path);
  if (checkpoint) return detectFormat(checkpoint);
  throw new UserError(
    `Expected '${path}' to hold weights but found neither saved_model.pb, model.json nor checkpoint in it. ` +
      'Give the file itself.',
  );
}

/** The checkpoint that TensorFlow's file `checkpoint` names as the latest, in the same folder wherever that was then. */
function latestCheckpoint(folder: string): string | undefined {
  const record = join(folder, 'checkpoint');
  if (!existsSync(record) || !statSync(record).isFile()) return undefined;
  const [, name] = /^model_checkpoint_path: "(.+)"$/m.exec(readFileSync(record, 'utf8')) ?? [];
  return name === undefined ? undefined : join(folder, basename(name));
}

/**
 * How a Torch7 file begins, written in binary or as text: with the number of a table (3) or an object (4) and its
 * place (1); an object then tells the version of its class, 'V 1', and the name.
 */
const torch7 = [
  /^[\x03\x04]\0{3}\x01\0{3}[^]*?\x03\0{3}V 1.\0{3}(?:torch|nn|cunn|cudnn)\./s,
  /^[34]\n1\n[^]*?\n?3\nV 1\n\d+\n(?:torch|nn|cunn|cudnn)\./,
];

async function formatOf(bytes: Bytes): Promise<WeightFormat | 'packed' | 'torch7' | 'unknown'> {
  const head = Buffer.from(await bytes.read(0, Math.min(bytes.size, 4096)));
  const startsWith = (text: string) => head.subarray(0, text.length).equals(Buffer.from(text, 'latin1'));
  if (startsWith('PK\x03\x04')) return formatOfArchive(bytes);
  if (startsWith('\x1f\x8b') || head.toString('latin1', 257, 262) === 'ustar') return 'packed';
  if (startsWith('\x89HDF\r\n\x1a\n')) return 'keras-h5';
  if (startsWith('\x93NUMPY')) return 'npy';
  // A pickle of protocol 2 or later; PyTorch's starts with a number of its own.
  if (head[0] === 0x80 && head.subarray(0, 20).includes('\x8a\x0a\x6c\xfc\x9c\x46', 0, 'latin1'))
    return 'pytorch';
  if (head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5) return 'lasagne';
  if (torch7.some((beginning) => beginning.test(head.toString('latin1')))) return 'torch7';
  if (head.length > 9 && head.readBigUInt64LE(0) < bytes.size && head[8] === 0x7b) return 'safetensors';
  if (isKerasIndex(head.toString('latin1'))) return 'keras-sharded';
  if (/^\s*[[{]/.test(head.toString('latin1'))) return isIndex(bytes, head) ? 'shards' : 'tfjs';
  if (await endsAsTable(bytes)) return 'tensorflow-checkpoint';
  return formatOfMessage(head);
}

/** An index of a PyTorch model's files, which is JSON as a TF.js model is. */
function isIndex(bytes: Bytes, head: Buffer): boolean {
  return bytes.name.endsWith(".index.json'") || head.includes('"weight_map"');
}

async function formatOfArchive(bytes: Bytes): Promise<WeightFormat | 'unknown'> {
  const names = [...(await openZip(bytes)).keys()];
  if (names.some((name) => name.endsWith('/data.pkl'))) return 'pytorch';
  if (names.includes('model.weights.h5')) return 'keras-archive';
  if (names.some((name) => name.endsWith('.npy'))) return 'npz';
  return 'unknown';
}

async function endsAsTable(bytes: Bytes): Promise<boolean> {
  if (bytes.size < 48) return false;
  return Buffer.from(await bytes.read(bytes.size - 8, 8)).readBigUInt64LE(0) === tableMagic;
}

/**
 * Protocol-buffers files bear no mark; their first fields tell them apart. ModelProto (ONNX) starts with a version of
 * 3 or more, SavedModel with version 1. GraphDef starts with a node, whose own first field is its name; Caffe's
 * NetParameter with its name, or with a layer (field 2 or 100).
 */
function formatOfMessage(head: Buffer): WeightFormat | 'unknown' {
  const [tag, next] = head;
  if (tag === undefined || next === undefined) return 'unknown';
  if (tag === 0x08) return next === 1 ? 'tensorflow-saved-model' : 'onnx';
  if (tag === 0x12 || (tag === 0xa2 && next === 0x06)) return 'caffe';
  if (tag !== 0x0a) return 'unknown';
  const cursor = new Cursor(head, 1);
  const length = cursor.varintLength();
  if (length === 0 || cursor.left === 0) return 'unknown';
  const first = cursor.uint8();
  if (first === 0x0a) return 'tensorflow-graph';
  return length < cursor.left && first >= 0x20 ? 'caffe' : 'unknown';
}
