import { decodePicture } from '../data/decode.js';
import type { Split } from '../data/split.js';
import { calibrationDigest } from '../features/calibrate.js';
import { nativeBinding, usesGpu } from '../runtime/tensorflow.js';
import type { BasesPlan } from '../features/branch-plan.js';
import { precisionText } from '../features/frozen-extractor.js';
import type { Bases } from '../zoo/bases.js';
import type { Trained } from '../training/trained.js';
import type { ResolvedOptions } from './options.js';
import type { ChosenPrecision } from '../features/precision-records.js';
import { packageVersion } from '../runtime/package-version.js';

/** config.json: every option as resolved, and what the run depends on besides. */
export function describeRun(
  options: ResolvedOptions,
  base: Bases,
  trained: Trained,
  { settings, reason }: ChosenPrecision,
  plan: BasesPlan,
): Record<string, unknown> {
  return {
    ...options,
    input: { asked: options.input, used: plan.side, reason: plan.why },
    features: {
      asked: options.features,
      used: usedParts(trained, plan).map(({ layer, pool, size, weight }) => ({ layer, pool, size, weight })),
      ...(trained.scaling && { scaling: trained.scaling }),
    },
    weightDecayUsed: trained.weightDecay,
    temperature: trained.temperature,
    baseWeights: {
      digest: base.digest,
      licence: base.licence,
      ...(base.branches.length > 1 && {
        branches: base.branches.map(({ name, digest, licence }) => ({ name, digest, licence })),
      }),
    },
    device: { asked: options.device, used: usesGpu() ? 'gpu' : 'cpu' },
    precision: {
      asked: options.precision,
      used: precisionText(settings),
      reason,
      ...(settings.precision === 'int8' && { calibration: calibrationDigest(settings.calibration) }),
    },
    versions: {
      finetune: packageVersion(),
      tensorflow: nativeBinding().TF_Version,
      node: process.versions.node,
    },
    date: new Date().toISOString(),
  };
}

/** What the classifier reads: with unfrozen layers all that was planned. */
export function usedParts({ parts }: Trained, plan: BasesPlan): BasesPlan['parts'] {
  return parts ?? plan.parts;
}

/** Pictures of a split as small JPEGs, by their paths. */
export function pictureThumbnails({
  train,
  validation,
  test,
}: Split): (path: string) => Promise<Uint8Array | undefined> {
  const files = new Map([...train, ...validation, ...test].map(({ path, file }) => [path, file]));
  return (path) => thumbnail(files.get(path));
}

/** A picture as a small JPEG; undefined when it has gone since it was read. */
export async function thumbnail(
  file: string | undefined,
  { side = 160, quality = 78 }: { readonly side?: number; readonly quality?: number } = {},
): Promise<Buffer | undefined> {
  if (!file) return undefined;
  const { default: sharp } = await import('../runtime/sharp.js');
  try {
    const pixels = await decodePicture(file, { height: side, width: side, channels: 3, resize: 'crop' });
    return await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
      .jpeg({ quality })
      .toBuffer();
  } catch {
    return undefined;
  }
}
