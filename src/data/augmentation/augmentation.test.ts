/** Training pictures altered: what may be asked for, what is drawn, what becomes of pixels. */
import { describe, expect, it } from 'vitest';
import { UserError } from '../../runtime/errors.js';
import { Random } from '../../runtime/random.js';
import { drawAlteration, unaltered } from './alteration.js';
import { altered, type Pixels } from './apply.js';
import { alterationNames, augmentationOf } from './kinds.js';

const [height, width, channels] = [6, 8, 3];
const random = new Random(1);
const picture: Pixels = {
  values: Uint8Array.from({ length: height * width * channels }, () => random.below(256)),
  height,
  width,
  channels,
};
const at = (values: Uint8Array, row: number, column: number) => [
  ...values.subarray((row * width + column) * channels, (row * width + column + 1) * channels),
];
const seen = (more: Partial<typeof unaltered>) => altered(picture, { ...unaltered, ...more }, height, width);

describe('what is asked for', () => {
  it('is a set, or a list of sets and single alterations', () => {
    expect(augmentationOf('none').alterations).toEqual([]);
    expect(augmentationOf('light').alterations).toEqual(['mirror', 'crop']);
    expect(augmentationOf('strong').alterations).toEqual(alterationNames);
    expect(augmentationOf('erase, mirror,mixup')).toMatchObject({
      alterations: ['mirror', 'erase'],
      mixup: true,
    });
    expect(augmentationOf('light').leastArea).toBeGreaterThan(augmentationOf('light,crop').leastArea);
  });

  it.each([
    ['mirrr', /Did you mean 'mirror'\?/],
    ['none,crop', /none to stand alone/],
  ])('%s is refused', (text, message) => {
    expect(() => augmentationOf(text)).toThrow(UserError);
    expect(() => augmentationOf(text)).toThrow(message);
  });
});

describe('what is drawn', () => {
  const draw = (text: string, seed: number) => drawAlteration(augmentationOf(text), new Random(seed));

  it('is the same for the same seed, and other draws of one stream differ', () => {
    expect(draw('strong', 3)).toEqual(draw('strong', 3));
    const stream = new Random(3);
    const [one, other] = [1, 2].map(() => drawAlteration(augmentationOf('strong'), stream));
    expect(one).not.toEqual(other);
  });

  it('does not change with what else is asked for', () => {
    for (const seed of [1, 2, 3, 4]) {
      expect(draw('crop', seed).crop).toEqual(draw('crop,mirror,turn,erase', seed).crop);
    }
  });

  it('lies within the picture, and shows as much of it as it says', () => {
    for (let seed = 0; seed < 200; seed++) {
      const { crop, turn, erased } = draw('strong', seed);
      for (const part of [crop, ...(erased ? [erased] : [])]) {
        expect(Math.min(part.left, part.top)).toBeGreaterThanOrEqual(0);
        expect(Math.max(part.left + part.width, part.top + part.height)).toBeLessThanOrEqual(1 + 1e-9);
      }
      expect(crop.width * crop.height).toBeGreaterThan(0.34);
      expect(Math.abs(turn)).toBeLessThanOrEqual(15);
    }
  });
});

describe('what becomes of pixels', () => {
  it('nothing, when nothing is done', () => {
    expect(seen({})).toEqual(picture.values);
  });

  it('mirrored left to right', () => {
    const mirrored = seen({ mirrored: true });
    for (const [row, column] of [
      [0, 0],
      [2, 3],
      [5, 7],
    ] as const) {
      expect(at(mirrored, row, column)).toEqual(at(picture.values, row, width - 1 - column));
    }
  });

  it('turned by half a circle, what is above is below', () => {
    expect(at(seen({ turn: 180 }), 1, 2)).toEqual(at(picture.values, height - 2, width - 3));
  });

  it('cropped to a quarter of the same proportions, its middle lies in the middle', () => {
    const crop = { left: 0.5, top: 0.5, width: 0.5, height: 0.5 };
    const out = altered(picture, { ...unaltered, crop }, height / 2, width / 2);
    expect([...out.subarray(0, channels)]).toEqual(at(picture.values, height / 2, width / 2));
  });

  it('as bright again, without contrast, or grey', () => {
    const colour = unaltered.colour;
    const first = picture.values[0]!;
    expect(seen({ colour: { ...colour, brightness: 0.5 } })[0]).toBe(Math.round(first / 2));
    expect(new Set(seen({ colour: { ...colour, contrast: 0 } })).size).toBe(1);
    const [red, green, blue] = seen({ colour: { ...colour, saturation: 0 } });
    expect([red, green]).toEqual([green, blue]);
    expect(seen({ light: [10, 0, -10] })[0]).toBe(Math.min(255, first + 10));
  });

  it('erased in a rectangle and nowhere else', () => {
    const out = seen({ erased: { left: 0.25, top: 0.5, width: 0.5, height: 0.5, seed: 4 } });
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const inside = row >= 3 && column >= 2 && column < 6;
        const same = String(at(out, row, column)) === String(at(picture.values, row, column));
        if (!inside) expect(same).toBe(true);
        else expect(same).toBe(false);
      }
    }
  });
});
