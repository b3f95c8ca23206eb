export const scheduleNames = ['constant', 'cosine'] as const;
export type LearningRateSchedule = (typeof scheduleNames)[number];

/**
 * The learning rate of an epoch (counted from 0) out of `epochs`.
 *
 * `cosine` falls from `initial` to nearly 0 along half a cosine (Loshchilov & Hutter 2017, without restarts).
 */
export function learningRateAt(
  schedule: LearningRateSchedule,
  initial: number,
  epoch: number,
  epochs: number,
): number {
  return schedule === 'constant' ? initial : (initial / 2) * (1 + Math.cos((Math.PI * epoch) / epochs));
}

/**
 * What a step's learning rate is multiplied by while training warms up: it rises in a straight line (Goyal et al. 2017,
 * section 2.2).
 *
 * @param step counted from 0. @param steps in which it rises.
 */
export function warmth(step: number, steps: number): number {
  return Math.min(1, (step + 1) / Math.max(1, steps));
}
