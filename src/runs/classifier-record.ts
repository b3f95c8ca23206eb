import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { branchesOf } from '../models/side-by-side.js';
import { inputOf, type Network, networkAfter, networkUpTo, outputOf } from '../models/network.js';
import { networkSchema } from '../models/network-record.js';
import type { DecodeOptions } from '../data/decode.js';
import { messageOf, UserError } from '../runtime/errors.js';
import { readRecord } from '../runtime/record-file.js';
import type { PrefixSettings } from '../features/frozen-extractor.js';
import { branchSettingsSchema } from '../features/settings-schema.js';
import { trainAgain } from './record.js';

/** What a run keeps of its classifier beside the weights. Reading it needs no TensorFlow. */
export interface ClassifierRecord {
  /** The classes in the order of the network's output. */
  readonly labels: readonly string[];
  readonly decode: DecodeOptions;
  /** The last layer of the frozen part. */
  readonly cut: string;
  /** How the frozen part computes. */
  readonly prefix: PrefixSettings;
  readonly network: Network;
  /** Whether its answer is the mean of those to a picture and its mirror image, as cross-validation has chosen. */
  readonly mirrored?: boolean;
}

/** Its file in the `model/` folder of a run. */
export const classifierFile = 'classifier.json';

const side = z.number().int().positive();

const prefixSchema = z.discriminatedUnion('precision', [
  branchSettingsSchema,
  z.object({ precision: z.literal('each'), branches: z.record(z.string(), branchSettingsSchema) }),
]) satisfies z.ZodType<PrefixSettings>;

const schema: z.ZodType<ClassifierRecord> = z
  .object({
    version: z.literal(1),
    labels: z.array(z.string()).min(1),
    decode: z.object({
      height: side,
      width: side,
      channels: z.union([z.literal(1), z.literal(3)]),
      resize: z.enum(['squash', 'crop', 'letterbox']),
    }),
    cut: z.string(),
    prefix: prefixSchema,
    network: networkSchema,
    mirrored: z.boolean().exactOptional(),
  })
  .superRefine((record, context) => {
    for (const message of faultsOf(record)) context.addIssue({ code: 'custom', message });
  })
  .transform(({ version: _version, ...record }) => record);

/** What does not go together in a record whose parts are each in order. */
function* faultsOf({ labels, decode, cut, prefix, network }: ClassifierRecord): Generator<string> {
  const seen = new Set<string>();
  const twice = labels.find((label) => seen.size === seen.add(label).size);
  if (twice !== undefined) yield `two labels '${twice}'`;
  const { shape } = outputOf(network);
  if (shape.length !== 1 || shape[0] !== labels.length) {
    yield `${labels.length} labels for a network that puts out [${shape.join(', ')}]`;
  }
  const fed = [decode.height, decode.width, decode.channels];
  if (String(fed) !== String(inputOf(network).shape)) {
    yield `pictures of [${fed.join(', ')}] for a network that takes [${inputOf(network).shape.join(', ')}]`;
  }
  try {
    networkAfter(network, cut);
    if (prefix.precision === 'each') branchesOf(networkUpTo(network, cut), Object.keys(prefix.branches));
  } catch (error) {
    yield `cut: ${messageOf(error)}`;
  }
}

/**
 * Reads classifier.json in the `model/` folder of a run.
 *
 * @throws UserError when it is not there, damaged, or of another version.
 */
export function readClassifierRecord(directory: string): ClassifierRecord {
  const file = path.join(directory, classifierFile);
  if (!fs.existsSync(file)) {
    throw new UserError(`Expected the folder of a finished run but found no '${file}'. Is the path right?`);
  }
  return readRecord(file, schema, 'the record of a classifier', trainAgain);
}
