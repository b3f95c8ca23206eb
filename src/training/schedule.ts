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
