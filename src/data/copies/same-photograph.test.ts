import { describe, expect, it } from 'vitest';
import { Random } from '../../runtime/random.js';
import { finest, type GreyPicture, greyPicture } from './grey-picture.js';
import { copyKind, overlay } from './same-photograph.js';

/** A scene of soft blobs: brightness at a place from −1 to 1. */
function scene(seed: number): (x: number, y: number) => number {
  const random = new Random(seed);
  const blobs = Array.from({ length: 60 }, () => ({
    x: random.between(-1.3, 1.3),
    y: random.between(-1.3, 1.3),
    size: random.between(0.04, 0.25),
    height: random.between(-60, 60),
  }));
  return (x, y) =>
    blobs.reduce(
      (sum, b) => sum + b.height * Math.exp(-((x - b.x) ** 2 + (y - b.y) ** 2) / (2 * b.size ** 2)),
      120,
    );
}

/** The scene photographed: `place` says where in it a place of the picture is. */
function photograph(
  brightness: (x: number, y: number) => number,
  place: (x: number, y: number) => readonly [number, number] = (x, y) => [x, y],
  aspect = 1,
): GreyPicture {
  const pixels = new Uint8Array(finest * finest).map((_, at) => {
    const [x, y] = [at % finest, Math.floor(at / finest)].map((i) => (2 * i + 1) / finest - 1) as [
      number,
      number,
    ];
    return Math.max(0, Math.min(255, Math.round(brightness(...place(x, y)))));
  });
  return greyPicture(pixels, aspect);
}

const one = scene(1);
const original = photograph(one);
const turned = (degrees: number) => {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return (x: number, y: number) => [cos * x - sin * y, sin * x + cos * y] as const;
};

describe('one photograph in two pictures', () => {
  it('is found brighter, cropped, mirrored, turned, and both ways round', () => {
    const copies = {
      'resized or recompressed': photograph((x, y) => 0.8 * one(x, y) + 30),
      cropped: photograph(one, (x, y) => [0.75 * x + 0.2, 0.75 * y - 0.15]),
      mirrored: photograph(one, (x, y) => [-0.9 * x, 0.9 * y + 0.05]),
      turned: photograph(one, turned(8)),
    };
    for (const [kind, copy] of Object.entries(copies)) {
      expect(copyKind(original, copy)).toBe(kind);
      expect(copyKind(copy, original)).toBe(kind);
    }
  });

  it('says how the one lies in the other', () => {
    const laid = overlay(original, photograph(one, turned(6)))!;
    expect(Math.abs(laid.turn)).toBeCloseTo(6, 0);
    expect(laid.mirror).toBe(false);
    const [a, , c, , e, f] = overlay(
      original,
      photograph(one, (x, y) => [0.8 * x + 0.1, 0.8 * y]),
    )!.affine;
    expect([a, e]).toEqual([expect.closeTo(1.25, 1), expect.closeTo(1.25, 1)]);
    expect([c, f]).toEqual([expect.closeTo(-0.125, 1), expect.closeTo(0, 1)]);
  });

  it('is not seen in two, in noise, or where there is nothing to see', () => {
    for (let seed = 2; seed < 12; seed++) {
      expect(copyKind(original, photograph(scene(seed)))).toBeUndefined();
    }
    const plain = photograph(() => 128);
    expect(copyKind(plain, plain)).toBeUndefined();
    const random = new Random(5);
    expect(
      copyKind(
        original,
        photograph(() => 255 * random.next()),
      ),
    ).toBeUndefined();
  });
});
