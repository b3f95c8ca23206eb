import { type Coat, colourOf, type Part } from './coat.js';
import { darker, lighter } from './colour.js';
import { markings } from './markings.js';
import { along, bounds, closedCurve, define, type Knot, type Sketch, svg } from './svg.js';

/** Which way the hair lies at a point, as an angle in radians (0 to the right, π/2 down). */
export type Flow = (x: number, y: number) => number;

/** Hair that runs away from a centre, as on a face seen from the front. */
export function away(fromX: number, fromY: number): Flow {
  return (x, y) => Math.atan2(y - fromY, x - fromX);
}

/** Hair that runs one way everywhere. */
export function towards(degrees: number): Flow {
  return () => (degrees * Math.PI) / 180;
}

/**
 * A part of an animal: its outline filled, marked, shaded from one side and covered with hair.
 * `colour` replaces the coat's own for that part; `marks` are drawn on it and cut off at its edge.
 */
export function furred(
  sketch: Sketch,
  outline: readonly Knot[],
  coat: Coat,
  part: Part,
  flow: Flow,
  { colour = colourOf(coat, part), marks = '' }: { readonly colour?: string; readonly marks?: string } = {},
): string {
  const shape = closedCurve(outline);
  const clip = define(sketch, (id) => `<clipPath id="${id}"><path d="${shape}"/></clipPath>`);
  const marked = colour === colourOf(coat, part) ? markings(sketch, bounds(outline), coat, part) : '';
  return (
    fringe(sketch, outline, coat, flow, colour) +
    `<path d="${shape}" fill="${colour}"/>` +
    `<g clip-path="${clip}">${marked}${marks}${hairs(sketch, outline, coat, flow, colour)}${shading(outline)}</g>`
  );
}

/** Light from the upper left: the lower right edge in shade, the upper left edge lit. */
export function shading(outline: readonly Knot[]): string {
  const { left, right, top, bottom } = bounds(outline);
  const shape = closedCurve(outline);
  const width = Math.min(right - left, bottom - top) * 0.28;
  const stroke = (colour: string, shift: number, opacity: number) =>
    svg`<path d="${shape}" fill="none" stroke="${colour}" stroke-width="${width}" opacity="${opacity}" transform="translate(${shift} ${shift})" filter="url(#soft)"/>`;
  return stroke('#1a0f14', -width * 0.28, 0.5) + stroke('#fff4dc', width * 0.3, 0.24);
}

/** Single hairs, darker and lighter than the ground, over the whole part. */
function hairs({ random }: Sketch, outline: readonly Knot[], coat: Coat, flow: Flow, colour: string): string {
  const { left, right, top, bottom } = bounds(outline);
  const count = Math.min(1600, ((right - left) * (bottom - top)) / 14);
  const strokes = (tint: string, opacity: number, share: number) => {
    let path = '';
    for (let i = 0; i < count * share; i++) {
      const [x, y] = [random.between(left, right), random.between(top, bottom)];
      const angle = flow(x, y) + random.normal() * (0.25 + coat.fluff * 0.3);
      const length = random.between(3, 6) * (1 + coat.fluff * 1.2);
      const bend = angle + random.between(-0.5, 0.5);
      path += svg`M${x} ${y}q${(Math.cos(bend) * length) / 2} ${(Math.sin(bend) * length) / 2} ${Math.cos(angle) * length} ${Math.sin(angle) * length}`;
    }
    return svg`<path d="${path}" fill="none" stroke="${tint}" stroke-width="${0.7 + coat.fluff * 0.4}" opacity="${opacity}"/>`;
  };
  return strokes(darker(colour, 0.5), 0.28, 0.55) + strokes(lighter(colour, 0.6), 0.34, 0.45);
}

/** Tufts that stand out over the edge, longer on shaggy coats. */
function fringe(
  { random }: Sketch,
  outline: readonly Knot[],
  coat: Coat,
  flow: Flow,
  colour: string,
): string {
  const points = along(outline, 12);
  let path = '';
  points.forEach(([x, y], i) => {
    const [nextX, nextY] = points[(i + 1) % points.length]!;
    const outward = Math.atan2(-(nextX - x), nextY - y);
    const hair = flow(x, y);
    // Where the hair lies along or out over the edge it shows; where it points inwards it does not.
    if (Math.cos(hair - outward) < -0.3) return;
    const angle = hair + Math.sin(outward - hair) * 0.5 + random.normal() * 0.2;
    const length = random.between(1.5, 4) * (0.8 + coat.fluff * 2.2);
    const [side, back] = [1.6 + coat.fluff, 2];
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    path += svg`M${x - cos * back - sin * side} ${y - sin * back + cos * side}L${x + cos * length} ${y + sin * length}L${x - cos * back + sin * side} ${y - sin * back - cos * side}Z`;
  });
  return `<path d="${path}" fill="${darker(colour, 0.16)}"/>`;
}
