import fs from 'node:fs';
import path from 'node:path';
import { Random } from '../src/runtime/random.js';
import sharp from '../src/runtime/sharp.js';

export const madeUpClasses = 10;
const side = 128;
/** Waves in a picture; with fewer too many would look alike. */
const waves = 6;

/**
 * Writes made-up pictures to DIR/CLASS/NUMBER.jpg, ten classes, 128 × 128 pixels: waves in all directions over a colour that
 * the class leans to, and some noise. Hardly two are alike, so that what looks for copies has what a folder of photographs has.
 */
export async function writeMadeUpPictures(folder: string, count: number): Promise<void> {
  for (let label = 0; label < madeUpClasses; label++) {
    fs.mkdirSync(path.join(folder, `class${label}`), { recursive: true });
  }
  const atOnce = 8;
  for (let first = 0; first < count; first += atOnce) {
    const numbers = Array.from({ length: Math.min(atOnce, count - first) }, (_, i) => first + i);
    await Promise.all(numbers.map((number) => writeOne(folder, number)));
  }
}

async function writeOne(folder: string, number: number): Promise<void> {
  const label = number % madeUpClasses;
  const pixels = madeUp(new Random(number), label);
  await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
    .jpeg({ quality: 85 })
    .toFile(path.join(folder, `class${label}`, `${number}.jpg`));
}

function madeUp(random: Random, label: number): Uint8Array {
  const drawn = Array.from({ length: waves }, () => ({
    across: random.normal() * 0.12,
    down: random.normal() * 0.12,
    phase: random.between(0, 2 * Math.PI),
    colour: [random.normal(), random.normal(), random.normal()] as const,
  }));
  const hue = (2 * Math.PI * label) / madeUpClasses;
  const base = [0, 1, 2].map((c) => 128 + 40 * Math.cos(hue + (2 * Math.PI * c) / 3));
  const tables = drawn.map(({ across, down, phase, colour }) => ({
    // sin(x + y) = sin x · cos y + cos x · sin y
    sines: row((x) => 22 * Math.sin(across * x + phase)),
    cosines: row((x) => 22 * Math.cos(across * x + phase)),
    sineDown: row((y) => Math.sin(down * y)),
    cosineDown: row((y) => Math.cos(down * y)),
    colour,
  }));
  const pixels = new Uint8Array(side * side * 3);
  for (let y = 0, at = 0; y < side; y++) {
    for (let x = 0; x < side; x++, at += 3) {
      const noise = random.between(-8, 8);
      let [red, green, blue] = [base[0]! + noise, base[1]! + noise, base[2]! + noise];
      for (const { sines, cosines, sineDown, cosineDown, colour } of tables) {
        const height = sines[x]! * cosineDown[y]! + cosines[x]! * sineDown[y]!;
        red += colour[0] * height;
        green += colour[1] * height;
        blue += colour[2] * height;
      }
      pixels[at] = asByte(red);
      pixels[at + 1] = asByte(green);
      pixels[at + 2] = asByte(blue);
    }
  }
  return pixels;
}

const row = (value: (place: number) => number) =>
  Float64Array.from({ length: side }, (_, place) => value(place));

const asByte = (value: number) => Math.min(255, Math.max(0, value));
