import sharp from '../runtime/sharp.js';
import { decodePicture } from '../data/decode.js';
import type { SavedClassifier } from '../runs/classifier.js';
import type { MistakeMap, MistakeMaps } from '../runs/record.js';
import type { Keeping } from '../features/kept-rows.js';
import type { Hooks } from '../runtime/progress.js';
import { Random } from '../runtime/random.js';
import type { PlaceMap } from './class-activation-map.js';
import { curvesOf } from './curves.js';
import { Explainer } from './explainer.js';
import { mean } from './mean.js';
import { overlay } from './overlay.js';
import { verdictOn } from './verdict.js';
import { weightCheck } from './weight-check.js';

/** A picture that was taken for something else. */
export interface Mistaken {
  readonly path: string;
  readonly file: string;
  /** Classes by their place: what was said, and what it is. */
  readonly said: number;
  readonly truth: number;
}

/** Of a map over its picture, in pixels. */
const side = 160;

/** As cheap as a check can be: one draw of weights, one random order of places, few steps. */
const cheap = { draws: 1, stages: 2, orders: 1, steps: 5 };

/**
 * The maps of mistakes for the answer given and for the right one, the head's own decomposition where it has one, else
 * Grad-CAM; those of the answer given with their checks.
 *
 * @param keeping for a run whose base stays as it is: another head's maps then cost little.
 * @returns undefined when no picture can be read any more.
 */
export async function mistakeMaps(
  saved: SavedClassifier,
  mistakes: readonly Mistaken[],
  { keeping, ...hooks }: Hooks & { readonly seed: number; readonly keeping?: Keeping | undefined },
): Promise<MistakeMaps | undefined> {
  const explainer = new Explainer(saved, { keeping });
  try {
    const drawn = new Map<string, { said: Uint8Array; truth: Uint8Array }>();
    const mapped = [];
    for (const { path, file, said, truth } of mistakes) {
      hooks.signal?.throwIfAborted();
      const pixels = await decodePicture(file, explainer.decode).catch(() => undefined);
      if (!pixels) continue;
      const answers = explainer.answers(pixels, 1);
      const [own] = explainer.maps(answers, [{ of: said }]);
      const [right] = explainer.maps(answers, [{ of: truth }]);
      drawn.set(path, { said: await draw(pixels, own!, saved), truth: await draw(pixels, right!, saved) });
      mapped.push({ path, pixels, question: { of: said }, map: own! });
    }
    if (mapped.length === 0) return undefined;
    const { draws: repeats, stages: most, orders, steps } = cheap;
    const stages = await weightCheck(explainer, mapped, { repeats, most, ...hooks });
    const places = new Random(hooks.seed).fork('places');
    const maps = new Map<string, MistakeMap>();
    for (const [i, { path, pixels, question, map }] of mapped.entries()) {
      hooks.signal?.throwIfAborted();
      // of a picture's own, whatever else was mistaken: another head's run finds it done
      const random = places.fork(path);
      const curves = await curvesOf(explainer, pixels, question, map, { random, repeats: orders, steps });
      const own = stages.map(({ correlations, ...stage }) => ({ ...stage, correlation: correlations[i]! }));
      maps.set(path, { ...drawn.get(path)!, curves, faults: verdictOn(own, curves).faults });
    }
    const [lastLayer, all] = [stages[0]!, stages.at(-1)!].map(({ correlations }) => mean(correlations));
    const { method, layer } = explainer;
    return { method, layer, randomWeights: { lastLayer: lastLayer!, all: all! }, maps };
  } finally {
    explainer.dispose();
  }
}

async function draw(pixels: Uint8Array, map: PlaceMap, { decode }: SavedClassifier): Promise<Uint8Array> {
  const { height, width, channels } = decode;
  const raw = { height, width, channels };
  // a network of one channel has grey pictures
  const { data, info } = await sharp(pixels, { raw })
    .toColourspace('srgb')
    .resize(side, side, { fit: 'inside' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const rgb =
    info.channels === 3
      ? Uint8Array.from(data)
      : Uint8Array.from(
          { length: 3 * info.height * info.width },
          (_, i) => data[Math.floor(i / 3) * info.channels]!,
        );
  const over = overlay(rgb, info, map);
  return sharp(over, { raw: { height: info.height, width: info.width, channels: 3 } })
    .jpeg({ quality: 80 })
    .toBuffer();
}
