import { breathe } from '../runtime/breathe.js';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { type DecodeOptions, decodeBatches, decodePicture } from '../data/decode.js';
import type { SkippedFile } from '../data/pictures.js';
import { toParameters } from '../models/parameters.js';
import type { WeightedNetwork } from '../models/compose.js';
import { layerNamed } from '../models/network.js';
import type { Hooks } from '../runtime/progress.js';
import { tf } from '../runtime/tensorflow.js';
import { networkReceptiveFields } from '../summary/network-receptive-fields.js';
import type { Picture } from './filters.js';
import { type Box, boxSeen, channelPictures, mostTelling, type Peak, peaksOf } from './peaks.js';
import { outputsOf } from './target.js';

/** A channel of a layer. */
export interface Unit {
  readonly layer: string;
  readonly channel: number;
}

/** What a unit answers to most. */
export interface ExcitedUnit extends Unit {
  /** The pictures that excite it most, the strongest first, with the part of each that its place sees. */
  readonly pictures: readonly { readonly path: string; readonly value: number; readonly box: Box }[];
}

/** One layer's maps of one picture. */
export interface PictureMaps {
  readonly layer: string;
  readonly channels: readonly number[];
  readonly maps: readonly Picture[];
}

export interface Sight {
  /** Of the first pictures. */
  readonly shown: readonly {
    readonly path: string;
    readonly picture: Picture;
    readonly layers: readonly PictureMaps[];
  }[];
  readonly units: readonly ExcitedUnit[];
  readonly broken: readonly SkippedFile[];
  /** How many pictures were looked at. */
  readonly pictures: number;
}

const batchSize = 8;
/** Pictures whose maps are shown, channels of each map, pictures and units of a layer. */
export const [mostShown, mostChannels, mostExciting, unitsOfLayer] = [4, 16, 6, 3] as const;

/**
 * What a network's layers answer to pictures: maps of the first of them, and for each unit the pictures that excite it
 * most with the patch that it sees there (its receptive field, without what lies beyond the border).
 *
 * @param network takes RGB from 0 to 255. @param units unless given, of each layer those that differ most between pictures.
 */
export async function lookAt(
  { network, weights }: WeightedNetwork,
  pictures: readonly { readonly path: string; readonly file: string }[],
  { layers, units, decode }: { layers: readonly string[]; units: readonly Unit[]; decode: DecodeOptions },
  { onProgress, signal }: Hooks = {},
): Promise<Sight> {
  const every = [...new Set([...layers, ...units.map(({ layer }) => layer)])];
  const parameters = toParameters(weights);
  const peaks = new Map(every.map((layer): [string, Peak[][]] => [layer, []]));
  const kept: { path: string; file: string; outputs: Map<string, Tensor> }[] = [];
  const seen: { path: string; file: string }[] = [];
  const broken: SkippedFile[] = [];
  try {
    const whole = pictures.map((picture) => ({ ...picture, label: 0, digest: '' }));
    const onBroken = (skipped: SkippedFile) => broken.push(skipped);
    for await (const batch of decodeBatches(whole, {
      ...decode,
      batchSize,
      onBroken,
      ...(signal && { signal }),
    })) {
      await breathe(signal);
      const shape = [batch.pictures.length, decode.height, decode.width, decode.channels];
      const input = tf.tensor(Float32Array.from(batch.pixels), shape);
      const outputs = outputsOf(network, parameters, input, every);
      for (const layer of every) peaks.get(layer)!.push(...peaksOf(outputs.get(layer) as Tensor4D));
      for (const [i, { path, file }] of batch.pictures.entries()) {
        seen.push({ path, file });
        if (kept.length >= mostShown) continue;
        kept.push({
          path,
          file,
          outputs: new Map(layers.map((layer) => [layer, rowOf(outputs.get(layer)!, i)])),
        });
      }
      tf.dispose([input, ...outputs.values()]);
      onProgress?.({
        kind: 'work',
        stage: 'Looking',
        done: seen.length,
        total: pictures.length,
        unit: 'pictures',
      });
    }
    if (seen.length === 0) return { shown: [], units: [], broken, pictures: 0 };
    const channels = new Map(layers.map((layer) => [layer, mostTelling(peaks.get(layer)!, mostChannels)]));
    const shown = [];
    for (const { path, file, outputs } of kept) {
      const maps = layers.map((layer) => {
        const told = channels.get(layer)!;
        return { layer, channels: told, maps: channelPictures(outputs.get(layer)!, told) };
      });
      shown.push({ path, picture: await decoded(file, decode), layers: maps });
    }
    const asked =
      units.length > 0
        ? units
        : layers.flatMap((layer) =>
            channels
              .get(layer)!
              .slice(0, unitsOfLayer)
              .map((channel) => ({ layer, channel })),
          );
    const fields = networkReceptiveFields(network);
    const excited = asked.map(({ layer, channel }): ExcitedUnit => {
      const order = peaks.get(layer)!.map((row, i) => ({ peak: row[channel]!, ...seen[i]! }));
      order.sort((a, b) => b.peak.value - a.peak.value);
      const strongest = order.slice(0, mostExciting).map(({ peak, path }) => {
        return { path, value: peak.value, box: boxSeen(fields.get(layer)!, peak, decode) };
      });
      return { layer, channel, pictures: strongest };
    });
    return { shown, units: excited, broken, pictures: seen.length };
  } finally {
    tf.dispose([...parameters.values(), ...kept.flatMap(({ outputs }) => [...outputs.values()])]);
  }
}

/** How many channels a layer has. */
export function channelsOf({ network }: Pick<WeightedNetwork, 'network'>, layer: string): number {
  return layerNamed(network, layer).shape.at(-1)!;
}

/** A picture as the network sees it. */
export async function decoded(file: string, decode: DecodeOptions): Promise<Picture> {
  const { height, width, channels } = decode;
  const pixels = await decodePicture(file, decode);
  const rgb =
    channels === 3
      ? pixels
      : Uint8Array.from({ length: 3 * height * width }, (_, i) => pixels[Math.floor(i / 3)]!);
  return { height, width, rgb };
}

function rowOf(tensor: Tensor, i: number): Tensor {
  const rest = tensor.shape.slice(1);
  return tf.slice(tensor, [i, ...rest.map(() => 0)], [1, ...rest]);
}
