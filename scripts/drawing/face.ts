import { darker, lighter } from './colour.js';
import { closedCurve, define, mirrored, type Sketch, svg } from './svg.js';

export interface Eyes {
  readonly iris: string;
  readonly pupil: 'slit' | 'round' | 'wide';
  /** 0: closed; 1: wide open. */
  readonly open: number;
  /** Width over height of the opening. */
  readonly almond: number;
}

/** One eye of the given radius; `side` is -1 for the left one, 1 for the right one, and slants it. */
export function eye(sketch: Sketch, x: number, y: number, radius: number, eyes: Eyes, side: number): string {
  const place = svg`transform="translate(${x} ${y}) rotate(${side * -10 * (eyes.almond - 1)})"`;
  if (eyes.open < 0.15) {
    return svg`<path d="M${-radius} 0q${radius} ${radius * 0.9} ${radius * 2} 0" ${place} fill="none" stroke="#1c1413" stroke-width="${radius * 0.28}" stroke-linecap="round"/>`;
  }
  const [width, height] = [radius * Math.sqrt(eyes.almond), (radius * eyes.open) / Math.sqrt(eyes.almond)];
  const opening = closedCurve([
    [-width, height * 0.15],
    [-width * 0.5, -height * 0.75],
    [width * 0.35, -height],
    [width, -height * 0.1],
    [width * 0.4, height * 0.85],
    [-width * 0.45, height * 0.85],
  ]);
  const clip = define(sketch, (id) => `<clipPath id="${id}"><path d="${opening}"/></clipPath>`);
  const glow = define(
    sketch,
    (id) =>
      `<radialGradient id="${id}" cx=".5" cy=".62" r=".6"><stop offset="0" stop-color="${lighter(eyes.iris, 0.35)}"/><stop offset=".65" stop-color="${eyes.iris}"/><stop offset="1" stop-color="${darker(eyes.iris, 0.65)}"/></radialGradient>`,
  );
  const pupilWidth = { slit: 0.22, round: 0.5, wide: 0.72 }[eyes.pupil] * radius;
  const pupilHeight = eyes.pupil === 'slit' ? radius * 0.85 : pupilWidth;
  return svg`<g ${place}><path d="${opening}" fill="#1c1413" stroke="#1c1413" stroke-width="${radius * 0.3}"/><g clip-path="${clip}"><circle r="${radius}" fill="${glow}"/><ellipse rx="${pupilWidth}" ry="${pupilHeight}" fill="#0c0809"/><ellipse cy="${-height * 1.1}" rx="${width}" ry="${height * 0.6}" fill="#120c0d" opacity=".45"/></g><circle cx="${-radius * 0.28}" cy="${-radius * 0.3 * eyes.open}" r="${radius * 0.2}" fill="#fff" opacity=".95"/><circle cx="${radius * 0.3}" cy="${radius * 0.32 * eyes.open}" r="${radius * 0.1}" fill="#fff" opacity=".6"/></g>`;
}

/** Whiskers on one side, from (x, y) outwards. */
export function whiskers({ random }: Sketch, x: number, y: number, length: number, side: number): string {
  let path = '';
  for (let i = 0; i < 4; i++) {
    const rise = (i - 1.3) * 0.24 + random.between(-0.05, 0.05);
    const reach = length * random.between(0.8, 1.1);
    path += svg`M${x} ${y + i * 2.4}q${side * reach * 0.5} ${rise * reach * 0.3 - 4} ${side * reach} ${rise * reach + 3}`;
  }
  return (
    `<path d="${path}" fill="none" stroke="#2a211f" stroke-width="1.1" opacity=".25" transform="translate(.6 .8)"/>` +
    `<path d="${path}" fill="none" stroke="#fbf7ee" stroke-width=".8" opacity=".85"/>`
  );
}

/** A nose seen from the front, its top edge at y; `pointed` 1 for a cat's triangle, 0 for a dog's broad one. */
export function nose(y: number, width: number, height: number, colour: string, pointed: number): string {
  const outline = mirrored([
    [0, y],
    [width * 0.7, y + height * 0.02],
    [width, y + height * 0.3],
    [width * (0.75 - 0.4 * pointed), y + height * 0.7],
    [0, y + height],
  ]);
  const nostril = (side: number) =>
    svg`<ellipse cx="${side * width * 0.5}" cy="${y + height * 0.52}" rx="${width * 0.22}" ry="${height * 0.16}" fill="${darker(colour, 0.75)}"/>`;
  return svg`<path d="${closedCurve(outline)}" fill="${colour}" stroke="${darker(colour, 0.5)}" stroke-width=".8"/>${nostril(-1)}${nostril(1)}<ellipse cx="${-width * 0.25}" cy="${y + height * 0.2}" rx="${width * 0.35}" ry="${height * 0.12}" fill="#fff" opacity=".4"/>`;
}

/** A lighter or darker soft patch on a face: cheeks, muzzle, mask. */
export function patch(x: number, y: number, rx: number, ry: number, colour: string, opacity: number): string {
  return svg`<ellipse cx="${x}" cy="${y}" rx="${rx}" ry="${ry}" fill="${colour}" opacity="${opacity}" filter="url(#faint)"/>`;
}
