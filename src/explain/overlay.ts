import { lightnessOf, mapColour } from './colour-map.js';
import { type Grid, resizeMap } from './resize-map.js';

/** Steps of the colour table on either side of 0, and of the lightness. */
const [valueSteps, lightnessSteps] = [64, 128];

/** A map of more places than this is of single pixels, where the strongest ones say little of all others. */
const mostPlaces = 10_000;

/** Colours that have been asked for, by steps of value and lightness: the same for every map. */
const table = new Map<number, [number, number, number]>();

/** A map over its picture: the picture's lightness, the map's colours, the strongest place at full strength. */
export function overlay(
  rgb: Uint8Array,
  { height, width }: { height: number; width: number },
  map: Grid,
): Uint8Array {
  const values = resizeMap(map, height, width);
  const largest = Math.max(1e-30, fullStrength(map));
  const out = new Uint8Array(rgb.length);
  for (let i = 0; i < values.length; i++) {
    const lightness = lightnessOf(rgb[3 * i]!, rgb[3 * i + 1]!, rgb[3 * i + 2]!);
    const v = Math.round(valueSteps * Math.min(1, Math.max(-1, values[i]! / largest)));
    const l = Math.round(lightnessSteps * Math.min(1, Math.max(0, lightness)));
    const key = (v + valueSteps) * 1024 + l;
    let colour = table.get(key);
    if (!colour) {
      colour = mapColour(l / lightnessSteps, v / valueSteps);
      table.set(key, colour);
    }
    out.set(colour, 3 * i);
  }
  return out;
}

/** The largest magnitude; of single pixels, the one that a hundredth of them surpass. */
function fullStrength({ values }: Grid): number {
  const sizes = Float64Array.from(values, Math.abs).sort();
  return sizes[values.length > mostPlaces ? Math.floor(0.99 * sizes.length) : sizes.length - 1]!;
}
