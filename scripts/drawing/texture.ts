import { define, type Sketch, svg } from './svg.js';

/**
 * The picture is a square of `size` units. It is drawn with a border of `bleed` units that is cut off;
 * settings reach `margin` units beyond the square, because they may be turned a little.
 */
export const frame = { size: 256, bleed: 16, margin: 48 } as const;

/** A rectangle across the whole picture between two heights. */
export function band(top: number, bottom: number, fill: string, extra = ''): string {
  const { size, margin } = frame;
  return svg`<rect x="${-margin}" y="${top}" width="${size + 2 * margin}" height="${Math.max(0, bottom - top)}" fill="${fill}" ${extra}/>`;
}

/**
 * A filter that replaces what it is applied to by specks of `colour` within the same shape.
 * Frequencies are in cycles per unit: equal ones give grains, unequal ones give fibres.
 */
export function specks(
  sketch: Sketch,
  colour: string,
  frequencyX: number,
  frequencyY: number,
  strength: number,
): string {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);
  const seed = sketch.random.below(10_000);
  return define(
    sketch,
    (id) =>
      svg`<filter id="${id}" x="0" y="0" width="1" height="1" color-interpolation-filters="sRGB"><feTurbulence type="fractalNoise" baseFrequency="${frequencyX} ${frequencyY}" numOctaves="3" seed="${seed}"/><feColorMatrix values="0 0 0 0 ${red!} 0 0 0 0 ${green!} 0 0 0 0 ${blue!} ${3 * strength} 0 0 0 ${-1.25 * strength}"/><feComposite in2="SourceAlpha" operator="in"/></filter>`,
  );
}

/** A top-to-bottom gradient. */
export function gradient(sketch: Sketch, from: string, to: string): string {
  return define(
    sketch,
    (id) =>
      `<linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${from}"/><stop offset="1" stop-color="${to}"/></linearGradient>`,
  );
}

/** A tile of `width` × `height` units, repeated. */
export function tiled(sketch: Sketch, width: number, height: number, markup: string, transform = ''): string {
  return define(
    sketch,
    (id) =>
      svg`<pattern id="${id}" width="${width}" height="${height}" patternUnits="userSpaceOnUse" patternTransform="${transform}">${markup}</pattern>`,
  );
}
