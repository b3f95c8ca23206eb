/**
 * What one unit sees of the picture, along one side. Unit i sees the pixels from start + i·jump to
 * start + i·jump + size − 1; those before 0 or past the end are padding.
 */
export interface ReceptiveField {
  /** Pixels seen by a unit. */
  readonly size: number;
  /** Pixels between what neighbouring units see. */
  readonly jump: number;
  /** First pixel that unit 0 sees. */
  readonly start: number;
}

/** A window along one side. */
export interface FieldStep {
  readonly kernel: number;
  readonly stride?: number;
  /** Pixels added before the first one. */
  readonly padding?: number;
  readonly dilation?: number;
}

/** A pixel sees itself. */
export const pixelField: ReceptiveField = { size: 1, jump: 1, start: 0 };

/**
 * The field after one more layer:
 * size + (F − 1)·jump, jump·S, start − P·jump, where the kernel's reach counts in the jumps of the layer before.
 * Source: Araujo, Norris & Sim, "Computing Receptive Fields of Convolutional Neural Networks", 2019, section 2.
 *
 *     growField(pixelField, { kernel: 3 })                           → size 3
 *     growField(growField(pixelField, { kernel: 3 }), { kernel: 3 }) → size 5: two 3×3 see as much as one 5×5
 */
export function growField(before: ReceptiveField, step: FieldStep): ReceptiveField {
  const { kernel, stride = 1, padding = 0, dilation = 1 } = step;
  return {
    size: before.size + (kernel - 1) * dilation * before.jump,
    jump: before.jump * stride,
    start: before.start - padding * before.jump,
  };
}

/** The fields layer by layer, from the first window on. */
export function receptiveFields(steps: readonly FieldStep[]): ReceptiveField[] {
  const fields: ReceptiveField[] = [];
  for (const step of steps) fields.push(growField(fields.at(-1) ?? pixelField, step));
  return fields;
}

/** First and last pixel that unit `index` sees (padding included, so they may lie outside the picture). */
export function pixelsSeen(field: ReceptiveField, index: number): { first: number; last: number } {
  const first = field.start + index * field.jump;
  return { first, last: first + field.size - 1 };
}

/** What is seen by a unit that reads several maps at the same place: from the first to the last pixel of any. */
export function joinFields(fields: readonly ReceptiveField[]): ReceptiveField {
  const start = Math.min(...fields.map((field) => field.start));
  const end = Math.max(...fields.map((field) => field.start + field.size));
  return { size: end - start, jump: Math.max(...fields.map((field) => field.jump)), start };
}

/** What is seen by a unit that reads all `units` of a map's side (global pool, fully connected): it has no neighbour. */
export function wholeField(field: ReceptiveField, units: number): ReceptiveField {
  return { size: field.size + (units - 1) * field.jump, jump: 0, start: field.start };
}
