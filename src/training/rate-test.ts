import { setImmediate } from 'node:timers/promises';
import { batches, type Examples } from '../features/examples.js';
import type { Weights } from '../formats/tensors.js';
import type { Random } from '../runtime/random.js';
import { mixupAlpha, type TrainingJob, withTrainer } from './training-job.js';

/** One step of a range test. */
export interface RateStep {
  readonly rate: number;
  /** Mean loss of the step's batch, before its update. */
  readonly loss: number;
  /** The running mean of losses, freed of its beginning at 0. */
  readonly smoothed: number;
}

export interface RateTest {
  readonly steps: readonly RateStep[];
  /** By the rule of the valley; undefined when the loss fell at no rate. */
  readonly suggestion: number | undefined;
  /** Whether the loss had risen so far that the test ended before its last step. */
  readonly diverged: boolean;
}

export interface RateTestOptions {
  /** Learning rate of the first step and of the last; each step multiplies it by the same factor. */
  readonly from: number;
  readonly to: number;
  readonly steps: number;
  readonly weightDecay: number;
  readonly random: Random;
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: (done: number) => void;
}

/** What the running mean keeps a step, and what multiple of its lowest value ends the test: as in fastai. */
const [momentum, mostRise] = [0.98, 4];

/**
 * Trains for a few steps at rates that rise from one to the next, and notes the loss (Smith, "Cyclical learning rates
 * for training neural networks", 2015, section 3.3). What is learned is thrown away.
 */
export async function testRates(
  job: TrainingJob,
  initial: Weights,
  train: Examples,
  { from, to, steps: count, weightDecay, random, signal, onStep }: RateTestOptions,
): Promise<RateTest> {
  const { batchSize } = job.options;
  const filled = job.trainer?.batchStatistics ?? false;
  const asTrained = { filled, ...(job.mixup && { mixup: mixupAlpha }) };
  return withTrainer(job, initial, async (trainer) => {
    const steps: RateStep[] = [];
    let [running, lowest] = [0, Number.POSITIVE_INFINITY];
    for (let epoch = 1; steps.length < count; epoch++) {
      for (const batch of batches(train, batchSize, {
        random: random.fork(`epoch ${epoch}`),
        ...asTrained,
      })) {
        await setImmediate(); // Ctrl-C is heard between steps
        signal?.throwIfAborted();
        const rate = from * (to / from) ** (steps.length / Math.max(1, count - 1));
        const seeds = [[random.below(2 ** 31), random.below(2 ** 31)]] as const;
        const [{ loss } = { loss: Number.NaN }] = trainer.steps([batch], {
          learningRate: rate,
          weightDecay,
          seeds,
        });
        running = momentum * running + (1 - momentum) * loss;
        const smoothed = running / (1 - momentum ** (steps.length + 1));
        if (!Number.isFinite(smoothed)) return { steps, suggestion: valley(steps, count), diverged: true };
        steps.push({ rate, loss, smoothed });
        onStep?.(steps.length);
        lowest = Math.min(lowest, smoothed);
        if (smoothed > mostRise * lowest) return { steps, suggestion: valley(steps, count), diverged: true };
        if (steps.length === count) break;
      }
    }
    return { steps, suggestion: valley(steps, count), diverged: false };
  });
}

/**
 * The rate that fastai's rule of the valley suggests: of the longest run of steps, not all of them neighbours, in which
 * the smoothed loss only falls, the rate half-way through its middle third; the first tenth of the steps and the last five
 * are left out.
 *
 * @param planned how many steps there would have been, had the test not ended before.
 */
export function valley(all: readonly RateStep[], planned = all.length): number | undefined {
  const steps = all.slice(Math.floor(planned / 10), -5);
  const lengths = steps.map(() => 1);
  let end = 0;
  for (const [i, { smoothed }] of steps.entries()) {
    for (let j = 0; j < i; j++) {
      if (smoothed < steps[j]!.smoothed) lengths[i] = Math.max(lengths[i]!, lengths[j]! + 1);
    }
    if (lengths[i]! > lengths[end]!) end = i;
  }
  const length = lengths[end] ?? 0;
  if (length < 2) return undefined;
  const start = end - length;
  const third = (end - start) / 3;
  return steps[Math.max(0, start + Math.floor(third) + Math.floor(third / 2))]!.rate;
}
