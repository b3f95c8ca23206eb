import fs from 'node:fs';
import { decodePicture } from '../data/decode.js';
import type { Picture } from '../data/pictures.js';
import { wilsonInterval } from '../evaluation/intervals.js';
import { measure } from '../evaluation/metrics.js';
import { calibrationDigest } from '../features/calibrate.js';
import type { NetworkResult, RunMetrics } from './record.js';
import { nativeBinding, usesGpu } from '../runtime/tensorflow.js';
import type { Base } from '../zoo/base.js';
import type { Trained } from '../training/train-head.js';
import type { ResolvedOptions } from './options.js';
import type { ChosenPrecision } from '../features/precision-records.js';

/** One trained network as the report shows it. */
export function networkResult(
  title: string,
  trained: Trained,
  pictures: readonly Picture[],
  labels: readonly string[],
  secondsBefore: number,
): NetworkResult {
  const predictions = pictures.map((picture, i) => ({
    path: picture.path,
    label: picture.label,
    probabilities: trained.testProbabilities[i]!,
  }));
  return {
    title,
    trainableParameters: trained.trainableParameters,
    seconds: secondsBefore + trained.seconds,
    history: trained.measured.history,
    test: measure(predictions, labels),
    predictions,
  };
}

/** How the validation pictures were classified by the network that they chose. */
export function validationMetrics({ validationRight }: Trained): RunMetrics['validation'] {
  const right = validationRight.filter(Boolean).length;
  const n = validationRight.length;
  const { low, high } = wilsonInterval(right, n);
  return { accuracy: right / n, ci95: [low, high], n };
}

/** config.json: every option as resolved, and what the run depends on besides. */
export function describeRun(
  options: ResolvedOptions,
  base: Base,
  trained: Trained,
  { settings, reason }: ChosenPrecision,
): Record<string, unknown> {
  const read = (url: URL) => (JSON.parse(fs.readFileSync(url, 'utf8')) as { version: string }).version;
  return {
    ...options,
    weightDecayUsed: trained.weightDecay,
    temperature: trained.temperature,
    baseWeights: { digest: base.digest, licence: base.licence },
    device: { asked: options.device, used: usesGpu() ? 'gpu' : 'cpu' },
    precision: {
      asked: options.precision,
      used: settings.precision,
      reason,
      ...(settings.precision === 'int8' && { calibration: calibrationDigest(settings.calibration) }),
    },
    versions: {
      finetune: read(new URL('../../package.json', import.meta.url)),
      tensorflow: nativeBinding().TF_Version,
      node: process.versions.node,
    },
    date: new Date().toISOString(),
  };
}

/** A picture as a small JPEG; undefined when it has gone since it was read. */
export async function thumbnail(file: string | undefined): Promise<Uint8Array | undefined> {
  if (!file) return undefined;
  const { default: sharp } = await import('sharp');
  const side = 160;
  try {
    const pixels = await decodePicture(file, { height: side, width: side, channels: 3, resize: 'crop' });
    return await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
      .jpeg({ quality: 78 })
      .toBuffer();
  } catch {
    return undefined;
  }
}
