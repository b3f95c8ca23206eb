import type { Shape } from '../../models/network.js';
import { FormatError } from '../../formats/bytes.js';

type Config = Readonly<Record<string, unknown>>;

/** Reads the settings of one Keras layer; every method throws a FormatError for what is there but makes no sense. */
export function settingsOf(layer: string, config: Config) {
  const bad = (name: string) =>
    new FormatError(
      `layer '${layer}' has ${name} ${JSON.stringify(config[name])?.slice(0, 60) ?? 'not given'}`,
    );
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

  return {
    /** A whole number. */
    count(name: string, otherwise?: number): number {
      const value = config[name] ?? otherwise;
      if (!isCount(value)) throw bad(name);
      return value;
    },
    flag(name: string, otherwise: boolean): boolean {
      const value = config[name] ?? otherwise;
      if (typeof value !== 'boolean') throw bad(name);
      return value;
    },
    /** A number for both sides, or one for each; of a sequence (`[n]`) the second is 1. */
    pair(name: string, otherwise?: number | readonly [number, number]): readonly [number, number] {
      const value = config[name] ?? otherwise;
      if (isCount(value)) return [value, value];
      if (!Array.isArray(value) || !value.every(isCount)) throw bad(name);
      const [first, second = 1] = value as number[];
      if (first === undefined || value.length > 2) throw bad(name);
      return [first, second];
    },
    /** `2`, `[1, 2]` or `[[top, bottom], [left, right]]`. */
    sides(name: string): readonly [readonly [number, number], readonly [number, number]] {
      const value = config[name] ?? 1;
      if (isCount(value)) {
        return [
          [value, value],
          [value, value],
        ];
      }
      if (!Array.isArray(value) || value.length !== 2) throw bad(name);
      const [down, across] = value.map((side: unknown): readonly [number, number] => {
        if (isCount(side)) return [side, side];
        if (!Array.isArray(side) || side.length !== 2 || !side.every(isCount)) throw bad(name);
        return [side[0] as number, side[1] as number];
      });
      return [down!, across!];
    },
    /** Whole numbers, −1 among them. */
    integers(name: string): readonly number[] {
      const value = config[name];
      if (!Array.isArray(value) || !value.every(Number.isSafeInteger)) throw bad(name);
      return value as number[];
    },
    /** Which side of `shape` an axis is, which the file counts with the batch; undefined for another or several. */
    axis(name: string, shape: Shape): number | undefined {
      const value = config[name] ?? -1;
      const axes = Array.isArray(value) ? (value as unknown[]) : [value];
      if (!axes.every(Number.isSafeInteger)) throw bad(name);
      const [axis] = axes as number[];
      const side = axis! < 0 ? shape.length + axis! : axis! - 1;
      return axes.length === 1 && side >= 0 && side < shape.length ? side : undefined;
    },
    text(name: string, otherwise: string): string {
      const value = config[name] ?? otherwise;
      if (typeof value !== 'string') throw bad(name);
      return value;
    },
  };
}

export type Settings = ReturnType<typeof settingsOf>;

/** The shape of one picture in what a file says of a batch: `[null, 224, 224, 3]`; null sides are open. */
export function exampleShape(value: unknown): (number | null)[] | undefined {
  const shape = Array.isArray(value) && Array.isArray(value[0]) ? (value[0] as unknown[]) : value;
  if (!Array.isArray(shape)) return undefined;
  const sides = shape.slice(1) as unknown[];
  const valid = sides.every((side) => side === null || (Number.isSafeInteger(side) && (side as number) > 0));
  return valid ? (sides as (number | null)[]) : undefined;
}

/** Broadcasts shapes against each other as NumPy does; null where they do not go together. */
export function broadcast(shapes: readonly Shape[]): Shape | null {
  const rank = Math.max(...shapes.map(({ length }) => length));
  const result: number[] = [];
  for (let i = 1; i <= rank; i++) {
    const sides = new Set(shapes.map((shape) => shape.at(-i) ?? 1).filter((side) => side !== 1));
    if (sides.size > 1) return null;
    result.unshift([...sides][0] ?? 1);
  }
  return result;
}
