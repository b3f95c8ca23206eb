import fs from 'node:fs';
import path from 'node:path';
import type { Network } from '../models/network.js';
import { parameterCount } from '../models/network-weights.js';
import { preprocessingOf } from '../models/published-names.js';
import { modelSpec } from '../models/registry.js';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { writeFolderAtomic } from '../runtime/atomic-folder.js';
import { UserError } from '../runtime/errors.js';
import { readFirstFitting, type ReadWeights } from '../zoo/read-file.js';
import { makeFolder } from '../runtime/make-folder.js';
import { tensorBytes } from '../formats/tensor-file.js';
import { canonicalDigest } from '../formats/tensors.js';
import { splitSet } from '../zoo/weight-sets.js';

export const conversions = ['tfjs', 'safetensors'] as const;
export type Conversion = (typeof conversions)[number];

export interface Converted {
  /** The file or, for TF.js, the folder that was written. */
  readonly path: string;
  readonly parameters: number;
  /** `canonicalDigest` of the weights. */
  readonly digest: string;
  /** What to know of other weights in the same file. */
  readonly note?: string;
}

/**
 * Writes weights of any format that is read here as a safetensors file, or as a TF.js model in a folder (a layers
 * model, or a graph model where TF.js' layers lack something). Names are ours, and the network takes its pictures as
 * its weights want them; how, is in the metadata. Either can be given to --weights again.
 *
 * @throws UserError when the file fits neither the whole network nor its base, or something is in the way.
 */
export async function convertWeights(
  file: string,
  options: { readonly base: string; readonly to: Conversion; readonly out?: string | undefined },
): Promise<Converted> {
  const { network, weights, family, note } = await readWholeOrBase(options.base, file);
  const target = path.resolve(options.out ?? defaultName(splitSet(file).file, options.to));
  if (fs.existsSync(target)) {
    throw new UserError(`Expected a new name but '${target}' is there already. Choose another with --out.`);
  }
  const spec = modelSpec(options.base);
  const preprocessing = (family && preprocessingOf(network, family)) ?? spec.preprocessing;
  makeFolder(path.dirname(target));
  if (options.to === 'safetensors') {
    const metadata = {
      model: spec.name,
      preprocessing: JSON.stringify(preprocessing),
      ...(family && { family }),
    };
    await writeFileAtomic(target, tensorBytes(weights, metadata));
  } else {
    const { saveTfjsModel } = await import('../export/save-tfjs-model.js');
    await writeFolderAtomic(target, (temporary) =>
      saveTfjsModel(temporary, { network, weights }, { model: spec.name, preprocessing }),
    );
  }
  return {
    path: target,
    parameters: parameterCount(network),
    digest: canonicalDigest(weights),
    ...(note && { note }),
  };
}

/** The weights of the whole network where the file has them, else of its base. */
export async function readWholeOrBase(
  base: string,
  file: string,
): Promise<ReadWeights & { readonly network: Network }> {
  const spec = modelSpec(base);
  return readFirstFitting([spec.build(), spec.buildBase()], file);
}

function defaultName(file: string, to: Conversion): string {
  const whole = path.resolve(path.basename(file) === 'model.json' ? path.dirname(file) : file);
  const isFolder = fs.statSync(whole, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const name = isFolder ? path.basename(whole) : path.parse(whole).name;
  return to === 'safetensors' ? `${name}.safetensors` : `${name}-tfjs`;
}
