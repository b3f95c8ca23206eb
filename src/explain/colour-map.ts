/**
 * Colours that are as far apart as the values they stand for: computed in OKLab (Ottosson 2020), where equal distances
 * look equal. Orange speaks for, blue against, and the strength is the chroma; the lightness is the picture's own, so
 * that it stays to be seen.
 */

/** Directions of equal chroma in OKLab's plane of a (green to red) and b (blue to yellow). */
const hues = { for: 55, against: 255 } as const;

const strongest = 0.17;

/** Lightness of black and of white in the picture: in between, both hues have room for their chroma. */
const [darkest, lightest] = [0.32, 0.86];

/**
 * @param lightness of the picture, 0 to 1. @param value −1 (against) to 1 (for).
 * @returns sRGB, 0 to 255.
 */
export function mapColour(lightness: number, value: number): [red: number, green: number, blue: number] {
  const l = darkest + (lightest - darkest) * lightness;
  const angle = ((value >= 0 ? hues.for : hues.against) * Math.PI) / 180;
  const linear = fromOklab(l, Math.min(1, Math.abs(value)) * mostChroma(l, angle), angle);
  return linear.map((c) => Math.round(255 * gamma(Math.min(1, Math.max(0, c))))) as [number, number, number];
}

/** Of a screen's colours of that lightness; so in dark and bright parts no colour is cut off, all are a little paler. */
function mostChroma(lightness: number, angle: number): number {
  let chroma = strongest;
  while (fromOklab(lightness, chroma, angle).some((c) => c < -1e-3 || c > 1.001)) chroma *= 0.98;
  return chroma;
}

/** OKLab's lightness of an sRGB colour of whole numbers, 0 to 1. */
export function lightnessOf(red: number, green: number, blue: number): number {
  const [r, g, b] = [linear[red]!, linear[green]!, linear[blue]!];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s;
}

function fromOklab(lightness: number, chroma: number, angle: number): [number, number, number] {
  const [a, b] = [chroma * Math.cos(angle), chroma * Math.sin(angle)];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

const gamma = (c: number) => (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055);
const linearOf = (c: number) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const linear = Float64Array.from({ length: 256 }, (_, value) => linearOf(value / 255));
