import type { Coat, Part } from './coat.js';
import { type Box, blob, closedCurve, openCurve, pick, type Sketch, svg } from './svg.js';

/** The coat's pattern over the box of one part; whoever draws the part clips it to the outline. */
export function markings(sketch: Sketch, box: Box, coat: Coat, part: Part): string {
  switch (coat.pattern) {
    case 'tabby':
      return part === 'ear' || part === 'head' ? '' : stripes(sketch, box, coat, part);
    case 'bicolour':
      return part === 'body' ? pale(sketch, box, coat) : '';
    case 'patches':
      return part === 'ear' ? '' : patches(sketch, box, coat);
    case 'spots':
      return part === 'ear' ? '' : spots(sketch, box, coat);
    case 'saddle':
      return part === 'body' ? saddle(sketch, box, coat) : '';
    case 'plain':
    case 'points':
      return part === 'body' ? belly(box, coat) : '';
  }
}

function ellipse(x: number, y: number, rx: number, ry: number, fill: string, opacity: number): string {
  return svg`<ellipse cx="${x}" cy="${y}" rx="${rx}" ry="${ry}" fill="${fill}" opacity="${opacity}" filter="url(#soft)"/>`;
}

function belly({ left, right, bottom, top }: Box, coat: Coat): string {
  const [width, height] = [right - left, bottom - top];
  return ellipse((left + right) / 2, bottom, width * 0.42, height * 0.28, coat.light, 0.4);
}

/** Wavy bands across the part, each with its own width and length. */
function stripes({ random }: Sketch, box: Box, coat: Coat, part: Part): string {
  const [width, height] = [box.right - box.left, box.bottom - box.top];
  const across = part === 'limb' || height > width * 1.6;
  const [length, reach] = across ? [height, width] : [width, height];
  const step = part === 'body' ? 13 : 10;
  let bands = '';
  for (let at = step * 0.6; at < length; at += step * random.between(0.8, 1.25)) {
    const stop = part === 'body' ? random.between(0.45, 0.95) : 1.1;
    const points = [0, 0.35, 0.7, 1].map((t) => {
      const [along, over] = [
        at + random.normal() * 2 - (3 + 0.09 * reach) * Math.sin(t * 2.6),
        t * reach * stop - 3,
      ];
      return across
        ? ([box.left + over, box.top + along] as const)
        : ([box.left + along, box.top + over] as const);
    });
    bands += svg`<path d="${openCurve(points)}" stroke-width="${random.between(2.5, 5.5)}"/>`;
  }
  return `${belly(box, coat)}<g fill="none" stroke="${coat.dark}" stroke-linecap="round" opacity=".75">${bands}</g>`;
}

/** White below, colour above. */
function pale({ random }: Sketch, box: Box, coat: Coat): string {
  const [width, height] = [box.right - box.left, box.bottom - box.top];
  const edge = Array.from({ length: 6 }, (_, i) => {
    const t = i / 5;
    return [
      box.left + t * width,
      box.bottom - height * (0.3 + 0.12 * random.normal() * 0.6 + t * 0.22),
    ] as const;
  });
  const bib = svg`<path d="${openCurve(edge)}L${box.right + 5} ${box.bottom + 5}L${box.left - 5} ${box.bottom + 5}Z" fill="${coat.light}"/>`;
  return (
    bib +
    ellipse(box.right - width * 0.15, box.top + height * 0.35, width * 0.2, height * 0.3, coat.light, 0.9)
  );
}

function patches({ random }: Sketch, box: Box, coat: Coat): string {
  const [width, height] = [box.right - box.left, box.bottom - box.top];
  const size = Math.max(18, Math.min(width, height) * 0.75);
  let shapes = '';
  for (let i = 0; i < 1 + (width * height) / 4500; i++) {
    const [x, y] = [random.between(box.left, box.right), random.between(box.top, box.bottom)];
    const shape = blob(random, x, y, size * random.between(0.6, 1.3), size * random.between(0.5, 1));
    shapes += svg`<path d="${closedCurve(shape)}" fill="${pick(random, [coat.dark, coat.dark, '#4a3a33'])}"/>`;
  }
  return `<g filter="url(#faint)">${shapes}</g>`;
}

function spots({ random }: Sketch, box: Box, coat: Coat): string {
  const area = (box.right - box.left) * (box.bottom - box.top);
  let shapes = '';
  for (let i = 0; i < area / 230; i++) {
    const [x, y] = [random.between(box.left, box.right), random.between(box.top, box.bottom)];
    const size = random.between(3, 9);
    shapes += `<path d="${closedCurve(blob(random, x, y, size, size * random.between(0.7, 1.2)))}"/>`;
  }
  return `<g fill="${coat.dark}">${shapes}</g>`;
}

function saddle({ random }: Sketch, box: Box, coat: Coat): string {
  const [width, height] = [box.right - box.left, box.bottom - box.top];
  const depth = random.between(0.3, 0.5);
  return ellipse((box.left + box.right) / 2, box.top, width * 0.48, height * depth, coat.dark, 0.95);
}
