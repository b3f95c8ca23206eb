import { fittedPicture } from '../data/fitted.js';
import { PictureError } from '../data/pictures.js';
import { UserError } from '../runtime/errors.js';
import { type Hooks, Interrupted } from '../runtime/progress.js';
import { Random } from '../runtime/random.js';
import type { Pooling, Start, StyleOptimiser } from '../style/names.js';
import { type PictureValues, StyleLoss } from '../style/style-loss.js';
import { styleNetwork } from '../style/style-network.js';
import { type StyleStep, transfer } from '../style/transfer.js';
import { loadPlainBase } from '../zoo/base.js';

export interface StyleOptions {
  /** The longer side in pixels; 256 unless told. */
  readonly size?: number;
  /** Evaluations of loss and gradient; 150 unless told. */
  readonly steps?: number;
  /** What the style counts against the content; 10 unless told. */
  readonly styleWeight?: number;
  /** What roughness counts; 1 unless told, 0 leaves it out. */
  readonly smoothness?: number;
  /** `l-bfgs` unless told. */
  readonly optimiser?: StyleOptimiser;
  /** How VGG-16 pools: `average` unless told. */
  readonly pooling?: Pooling;
  /** What is changed: the content picture unless told, or noise. */
  readonly start?: Start;
  /** Of the noise. */
  readonly seed?: number;
  /** Told of each step, with the best picture so far; waited for. */
  readonly onStep?: (step: StyleStep, best: () => StyledPicture) => void | Promise<void>;
}

/** RGB values 0 to 255, [height, width, 3] in row-major order. */
export interface StyledPicture {
  readonly height: number;
  readonly width: number;
  readonly pixels: Uint8Array;
}

export interface StyleTransfer extends StyledPicture {
  readonly history: readonly StyleStep[];
  /** Whether the signal ended it before all steps were done. */
  readonly interrupted: boolean;
}

/** Four poolings leave two places of it. */
const least = 32;
/** Some 10 GB of activations and gradients. */
const most = 2048;

/**
 * Draws what one picture shows in the style of another: Gatys, Ecker & Bethge 2016, with VGG-16.
 *
 * @param content file of a picture. @param style likewise.
 * @throws UserError when a picture cannot be read or an option is out of bounds; Interrupted when the signal fires before
 *   the first step. Later, what is there by then is returned.
 */
export async function transferStyle(
  content: string,
  style: string,
  options: StyleOptions = {},
  hooks: Hooks = {},
): Promise<StyleTransfer> {
  const { size = 256, steps = 150, styleWeight = 10, smoothness = 1, optimiser = 'l-bfgs' } = options;
  const { pooling = 'average', start = 'content', seed = 0, onStep } = options;
  checkNumbers({ size, steps, styleWeight, smoothness });
  const { signal } = hooks;
  let loss: StyleLoss | undefined;
  try {
    const shown = await valuesOf(content, size);
    const drawn = await valuesOf(style, size);
    const base = await loadPlainBase({ base: 'vgg16' }, hooks);
    const network = styleNetwork(base, shown.height, shown.width, pooling);
    signal?.throwIfAborted();
    loss = new StyleLoss(network, shown, drawn, { style: styleWeight, smoothness });
    const result = await transfer(loss, start === 'noise' ? noise(shown, seed) : shown, {
      optimiser,
      steps,
      signal,
      onStep: (step, best) => {
        const [done, total] = [step.step, steps];
        hooks.onProgress?.({ kind: 'work', stage: 'Transferring style', done, total, unit: 'steps' });
        return onStep?.(step, () => toPixels(best));
      },
    });
    const { picture, history, interrupted } = result;
    return { ...toPixels(picture), history, interrupted };
  } catch (error) {
    if (signal?.aborted) throw new Interrupted('The style transfer was interrupted.', { goesOn: false });
    throw error;
  } finally {
    loss?.dispose();
  }
}

function checkNumbers({ size, steps, styleWeight, smoothness }: Record<string, number>): void {
  const expect = (holds: boolean, what: string, value: number | undefined) => {
    if (!holds) throw new UserError(`Expected ${what} but received ${value}.`);
  };
  const whole = (value: number, from: number, to: number) =>
    Number.isInteger(value) && value >= from && value <= to;
  expect(whole(size!, least, most), `--size of ${least} to ${most} pixels`, size);
  expect(whole(steps!, 1, 100_000), '--steps of at least 1', steps);
  expect(styleWeight! > 0 && Number.isFinite(styleWeight), '--style-weight above 0', styleWeight);
  expect(smoothness! >= 0 && Number.isFinite(smoothness), '--smoothness of 0 or more', smoothness);
}

async function valuesOf(file: string, size: number): Promise<PictureValues> {
  try {
    const { height, width, pixels } = await fittedPicture(file, size, least);
    return { height, width, values: Float32Array.from(pixels) };
  } catch (error) {
    if (!(error instanceof PictureError)) throw error;
    throw new UserError(`Expected a picture but '${file}' is not usable: ${error.message}.`);
  }
}

function noise({ height, width, values }: PictureValues, seed: number): PictureValues {
  const random = new Random(seed).fork('noise');
  return { height, width, values: values.map(() => random.between(0, 255)) };
}

function toPixels({ height, width, values }: PictureValues): StyledPicture {
  return {
    height,
    width,
    pixels: Uint8Array.from(values, (value) => Math.min(255, Math.max(0, Math.round(value)))),
  };
}
