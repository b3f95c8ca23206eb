import { type DecodeOptions, decodeBatches } from '../data/decode.js';
import type { Picture, SkippedFile } from '../data/pictures.js';
import type { BatchSize } from './batch-size.js';
import type { Examples } from './examples.js';
import type { FeatureRows, FeatureStore } from './feature-store.js';

/** What turns pictures into a network's inputs or a frozen prefix's activations. */
export interface Extractor {
  /** The shape of one picture's features, without the batch. */
  readonly shape: readonly number[];
  /**
   * @param pixels uint8 RGB, [count, height, width, channels]. @param pictures that they are of, for what depends on it.
   * @returns float32 [count, ...shape].
   */
  run(pixels: Uint8Array, count: number, pictures?: readonly Picture[]): Float32Array;
}

export interface ExtractionProgress {
  readonly done: number;
  readonly total: number;
  readonly picturesPerSecond: number;
}

export interface Extraction {
  /** Pictures that could not be decoded. */
  readonly broken: readonly SkippedFile[];
  /** How many pictures were computed now; the others were in the store. */
  readonly computed: number;
  /** Milliseconds a picture for decoding (measured on the first batch, when nothing else runs); 0 when none was computed. */
  readonly decodeMsPerImage: number;
  /** Milliseconds a picture in the network; 0 when none was computed. */
  readonly extractMsPerImage: number;
}

/**
 * Makes sure that `store` has a row for every picture that can be decoded; each picture's bytes are looked up by
 * their digest, so copies and pictures of earlier runs cost nothing. What the store has is checked first, so that
 * damaged or evicted rows are extracted anew. Decoding runs ahead on other threads while
 * the network works. When `signal` fires, its reason is thrown; closing the store keeps what was computed.
 */
export async function extractFeatures(input: {
  pictures: readonly Picture[];
  decode: DecodeOptions;
  extractor: Extractor;
  store: FeatureStore;
  batchSize: BatchSize;
  onProgress?: (progress: ExtractionProgress) => void;
  signal?: AbortSignal;
}): Promise<Extraction> {
  const { pictures, decode, extractor, store, batchSize, onProgress, signal } = input;
  store.verify(new Set(pictures.map(({ digest }) => digest)));
  const missing = [
    ...new Map(pictures.filter((p) => !store.has(p.digest)).map((p) => [p.digest, p])).values(),
  ];
  const broken: SkippedFile[] = [];
  const started = performance.now();
  let firstBatchMs = 0;
  let extractMs = 0;
  let computed = 0;
  const source = decodeBatches(missing, {
    ...decode,
    batchSize: () => batchSize.size,
    onBroken: (skipped) => broken.push(skipped),
    ...(signal && { signal }),
  });
  for await (const batch of source) {
    const count = batch.pictures.length;
    if (computed === 0) firstBatchMs = (performance.now() - started) / count;
    const extractStarted = performance.now();
    store.add(
      batch.pictures.map((picture) => picture.digest),
      extractor.run(batch.pixels, count, batch.pictures),
    );
    const took = performance.now() - extractStarted;
    batchSize.took(count, took);
    extractMs += took;
    computed += count;
    onProgress?.({
      done: computed + broken.length,
      total: missing.length,
      picturesPerSecond: (1000 * computed) / (performance.now() - started),
    });
  }
  store.flush();
  return {
    broken,
    computed,
    decodeMsPerImage: firstBatchMs,
    extractMsPerImage: computed === 0 ? 0 : extractMs / computed,
  };
}

/** The stored features of labelled pictures; they are read from disk batch by batch. */
export function storedExamples(store: FeatureRows, pictures: readonly Picture[]): Examples {
  return {
    size: pictures.length,
    shape: store.shape,
    labels: pictures.map((picture) => picture.label),
    ...(pictures.some(({ group }) => group !== undefined) && {
      groups: pictures.map(({ group }) => group),
    }),
    read: (places) => store.read(places.map((place) => pictures[place]!.digest)),
  };
}

/** Pixels themselves as features, scaled to 0 … 1: the input of a network that is trained from its first layer on. */
export function pixelExtractor(decode: DecodeOptions): Extractor {
  return {
    shape: [decode.height, decode.width, decode.channels],
    run: (pixels) => Float32Array.from(pixels, (value) => value / 255),
  };
}
