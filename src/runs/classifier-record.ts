import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { DecodeOptions } from '../data/decode.js';
import type { Network } from '../models/network.js';
import { UserError } from '../runtime/errors.js';
import type { PrefixSettings } from '../features/frozen-extractor.js';

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
}

/** Its file in the `model/` folder of a run. */
export const classifierFile = 'classifier.json';

const networkSchema = z
  .object({
    name: z.string(),
    layers: z
      .array(
        z.looseObject({
          type: z.string(),
          name: z.string(),
          inputs: z.array(z.string()),
          shape: z.array(z.number()),
        }),
      )
      .min(1),
  })
  .refine(({ layers }) => {
    const names = layers.map(({ name }) => name);
    return layers.every(({ inputs }, i) => inputs.every((input) => names.slice(0, i).includes(input)));
  }, 'a layer reads one that is not before it');

const schema = z
  .object({
    version: z.literal(1),
    labels: z.array(z.string()).min(1),
    decode: z.object({
      height: z.number(),
      width: z.number(),
      channels: z.union([z.literal(1), z.literal(3)]),
      resize: z.enum(['squash', 'crop', 'letterbox']),
    }),
    cut: z.string(),
    prefix: z.custom<PrefixSettings>((value) => typeof value === 'object' && value !== null),
    network: networkSchema,
  })
  .refine(({ cut, network }) => network.layers.some(({ name }) => name === cut), 'no such layer to cut at');

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
  const parsed = schema.safeParse(jsonIn(file));
  if (!parsed.success) {
    throw new UserError(
      `Expected a classifier of this version but '${file}' is another or damaged. Train it again.`,
    );
  }
  const { network, ...rest } = parsed.data;
  // What a layer's type needs besides is as `saveClassifier` wrote it.
  return { ...rest, network: network as unknown as Network };
}

function jsonIn(file: string): unknown {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
