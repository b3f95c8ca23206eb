import { darker, hsl, lighter, mix } from './colour.js';
import { chance, openCurve, pick, pickWeighted, type Sketch, svg } from './svg.js';

/** Something between the animal and the viewer, over the lower or outer part of the picture. */
export function foreground(sketch: Sketch, indoors: boolean): string {
  const thing = indoors
    ? pickWeighted(sketch.random, [
        [0.3, railing],
        [0.35, leaves],
        [0.25, crate],
        [0.1, wire],
      ])
    : pickWeighted(sketch.random, [
        [0.18, railing],
        [0.26, tallGrass],
        [0.26, leaves],
        [0.08, crate],
        [0.06, wire],
        [0.16, flakes],
      ]);
  return thing(sketch);
}

function railing({ random }: Sketch): string {
  const colour = pick(random, ['#e9e4d8', '#7b5c42', '#4a4d52', '#9c8468']);
  const [top, gap, width] = [random.between(150, 205), random.between(26, 46), random.between(5, 11)];
  let posts = '';
  for (let x = random.between(-40, -10); x < 290; x += gap) {
    posts += svg`<path d="M${x} 300V${top - 8}l${width / 2} ${-width * 0.7}l${width / 2} ${width * 0.7}V300Z" fill="${colour}"/><path d="M${x + width * 0.65} 300V${top - 8}h${width * 0.35}V300Z" fill="#120c0c" opacity=".3"/>`;
  }
  return svg`<rect x="-48" y="${top + 12}" width="352" height="${width}" fill="${darker(colour, 0.12)}"/>${posts}`;
}

function tallGrass({ random }: Sketch): string {
  const green = hsl(random.between(55, 130), random.between(0.2, 0.5), random.between(0.22, 0.42));
  const height = random.between(50, 120);
  let blades = '';
  for (let i = 0; i < 70; i++) {
    const [x, tall, lean] = [
      random.between(-20, 276),
      height * random.between(0.4, 1.1),
      random.normal() * 14,
    ];
    const colour = mix(green, pick(random, ['#dbe3a0', '#16200f']), random.next() * 0.45);
    blades += svg`<path d="M${x} 300Q${x + 1} ${285 - tall * 0.5} ${x + lean} ${262 - tall}Q${x + 5} ${285 - tall * 0.5} ${x + 5} 300Z" fill="${colour}"/>`;
  }
  return blades;
}

/** Twigs with leaves reaching in from a corner, out of focus. */
function leaves({ random }: Sketch): string {
  const leaf = hsl(
    pick(random, [25, 45, 80, 110, 135]),
    random.between(0.25, 0.55),
    random.between(0.25, 0.45),
  );
  const [right, low] = [chance(random, 0.5), chance(random, 0.5)];
  let markup = '';
  for (let i = 0; i < 3; i++) {
    const [startX, startY] = [random.between(-30, 30), random.between(-20, 70)];
    const reach = random.between(60, 130);
    const slope = random.between(0.1, 0.8);
    const twig = [0, 0.5, 1].map((t) => [startX + reach * t, startY + reach * slope * t * t] as const);
    markup += `<path d="${openCurve(twig)}" fill="none" stroke="#4b3828" stroke-width="3"/>`;
    for (let j = 0; j < 9; j++) {
      const t = (j + 1) / 9;
      const size = random.between(14, 26);
      markup += svg`<path d="M0 0Q${size * 0.5} ${-size * 0.45} ${size} 0Q${size * 0.5} ${size * 0.45} 0 0Z" fill="${mix(leaf, pick(random, ['#f0f0b0', '#122010']), random.next() * 0.4)}" transform="translate(${startX + reach * t} ${startY + reach * slope * t * t}) rotate(${(j % 2 ? 50 : -50) + random.normal() * 20})"/>`;
    }
  }
  const blur = chance(random, 0.5) ? 'filter="url(#faint)"' : '';
  return svg`<g ${blur} transform="translate(${right ? 256 : 0} ${low ? 256 : 0}) scale(${right ? -1 : 1} ${low ? -1 : 1})">${markup}</g>`;
}

function crate({ random }: Sketch): string {
  const colour = pick(random, ['#b58a5a', '#c8a878', '#8c6f55', '#9fb0a8']);
  const top = random.between(190, 218);
  const [left, right] = [random.between(-40, 50), random.between(206, 296)];
  const boards = [0, 34, 68, 102].map(
    (down) =>
      svg`<rect x="${left}" y="${top + down}" width="${right - left}" height="34" fill="${down % 68 ? darker(colour, 0.1) : colour}"/><rect x="${left}" y="${top + down + 31}" width="${right - left}" height="3" fill="#120c0c" opacity=".45"/>`,
  );
  return svg`${boards.join('')}<rect x="${left}" y="${top}" width="12" height="130" fill="${lighter(colour, 0.2)}"/><rect x="${right - 12}" y="${top}" width="12" height="130" fill="${darker(colour, 0.25)}"/>`;
}

function wire({ random }: Sketch): string {
  const gap = random.between(26, 44);
  let path = '';
  for (let at = -300; at < 600; at += gap) path += svg`M${at} -40l340 340M${at} -40l-340 340`;
  const colour = pick(random, ['#d3d5d6', '#55585a', '#8a8478']);
  return `<path d="${path}" fill="none" stroke="#120c0c" stroke-width="1.8" opacity=".25" transform="translate(1 1)"/><path d="${path}" fill="none" stroke="${colour}" stroke-width="1.7" opacity=".8"/>`;
}

/** Snow, blossom or falling leaves in the air. */
function flakes({ random }: Sketch): string {
  const colour = pick(random, ['#ffffff', '#ffffff', '#f0b9c4', '#d08a3c', '#e8d36a']);
  let shapes = '';
  for (let i = 0; i < 46; i++) {
    const size = random.between(1.5, 5);
    shapes += svg`<ellipse cx="${random.between(-10, 266)}" cy="${random.between(-10, 266)}" rx="${size}" ry="${size * random.between(0.5, 1)}" opacity="${random.between(0.45, 0.95)}"/>`;
  }
  return `<g fill="${colour}" filter="url(#faint)">${shapes}</g>`;
}
