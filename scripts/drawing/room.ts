import { darker, hsl, lighter, mix } from './colour.js';
import { blob, chance, closedCurve, pick, type Sketch, svg } from './svg.js';
import { band, frame, gradient, specks, tiled } from './texture.js';

/** A wall with its skirting board, and what hangs on it or stands before it. */
export function room(sketch: Sketch, foot: number): string {
  const { random } = sketch;
  const colour = hsl(random.between(0, 360), random.between(0.05, 0.35), random.between(0.45, 0.85));
  const things = random
    .shuffle([pictureFrame, window, shelf, lamp, sofa, curtain, potPlant])
    .slice(0, random.below(4));
  return (
    band(-frame.margin, foot, gradient(sketch, lighter(colour, 0.12), darker(colour, 0.08))) +
    (chance(random, 0.6) ? band(-frame.margin, foot, wallpaper(sketch, colour)) : '') +
    band(
      -frame.margin,
      foot,
      '#000',
      `filter="${specks(sketch, darker(colour, 0.5), 0.04, 0.04, 0.8)}" opacity=".22"`,
    ) +
    band(foot - 9, foot + 1, mix(colour, '#f5f0e6', 0.7)) +
    band(foot - 1, foot + 1, darker(colour, 0.5)) +
    things.map((thing) => thing(sketch, random.between(10, 246), foot)).join('')
  );
}

function wallpaper(sketch: Sketch, ground: string): string {
  const { random } = sketch;
  const ink = mix(
    ground,
    pick(random, ['#ffffff', '#3a3a4a', '#a65b41', '#4f7a6a', '#c9a04a']),
    random.between(0.25, 0.6),
  );
  const size = random.between(14, 38);
  const [half, third] = [size / 2, size / 3];
  const design = pick(random, [
    svg`<rect width="${half}" height="${size}" fill="${ink}"/>`,
    svg`<circle cx="${half}" cy="${half}" r="${size / 5}" fill="${ink}"/>`,
    svg`<path d="M0 ${half}L${half} 0L${size} ${half}L${half} ${size}Z" fill="none" stroke="${ink}" stroke-width="2"/>`,
    svg`<path d="M${half} ${third}q${third} ${-third} 0 ${size * 0.5}q${-third} ${-size * 0.4} 0 ${-size * 0.5}M${half} ${size}q-6 -6 -9 -4M${half} ${size * 0.9}q6 -6 9 -4" fill="${ink}" stroke="${ink}" stroke-width="1.4"/>`,
    svg`<path d="M0 ${half}q${size / 4} ${-half} ${half} 0t${half} 0" fill="none" stroke="${ink}" stroke-width="3"/>`,
  ]);
  return tiled(sketch, size, size, design, svg`rotate(${pick(random, [0, 0, 45])})`);
}

function pictureFrame({ random }: Sketch, x: number, foot: number): string {
  const [width, height] = [random.between(30, 60), random.between(30, 56)];
  const y = foot - random.between(95, 170);
  const colour = pick(random, ['#4a3526', '#c9a45a', '#efe9dd', '#2e2e30']);
  const inside = hsl(random.between(0, 360), 0.3, 0.6);
  const shape = blob(random, x + width / 2, y + height / 2, width * 0.5, height * 0.5);
  return svg`<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${inside}" stroke="${colour}" stroke-width="5"/><path d="${closedCurve(shape)}" fill="${darker(inside, 0.35)}"/>`;
}

function window({ random }: Sketch, x: number, foot: number): string {
  const [width, height] = [random.between(60, 100), random.between(70, 110)];
  const y = foot - height - random.between(30, 60);
  const pane = pick(random, ['#dcebf2', '#f3ecd6', '#a9c6dd', '#33415a']);
  return svg`<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${pane}" stroke="#f2ede2" stroke-width="6"/><path d="M${x + width / 2} ${y}v${height}M${x} ${y + height / 2}h${width}" stroke="#f2ede2" stroke-width="4"/><rect x="${x - 6}" y="${y + height}" width="${width + 12}" height="6" fill="#e3dccd"/>`;
}

function shelf({ random }: Sketch, x: number, foot: number): string {
  const width = random.between(60, 110);
  let books = '';
  for (let row = 0; row < 3; row++) {
    const y = foot - 40 - row * 44;
    for (let at = 4; at < width - 8;) {
      const [thick, tall] = [random.between(4, 10), random.between(24, 36)];
      books += svg`<rect x="${x + at}" y="${y - tall}" width="${thick}" height="${tall}" fill="${hsl(random.between(0, 360), random.between(0.15, 0.5), random.between(0.25, 0.6))}"/>`;
      at += thick + 0.6;
    }
    books += svg`<rect x="${x}" y="${y}" width="${width}" height="5" fill="#8a6544"/>`;
  }
  return svg`<rect x="${x}" y="${foot - 170}" width="${width}" height="172" fill="#5a412e"/>${books}`;
}

function lamp({ random }: Sketch, x: number, foot: number): string {
  const height = random.between(90, 170);
  const shade = pick(random, ['#f1dfae', '#e8c9a0', '#d8d4e0', '#c96f4a']);
  return svg`<circle cx="${x}" cy="${foot - height}" r="60" fill="#fff2c4" opacity=".35" filter="url(#soft)"/><path d="M${x} ${foot}V${foot - height}M${x - 16} ${foot}h32" stroke="#4a4038" stroke-width="4"/><path d="M${x - 14} ${foot - height - 18}h28l12 38h-52Z" fill="${shade}"/>`;
}

function sofa({ random }: Sketch, x: number, foot: number): string {
  const colour = hsl(random.between(0, 360), random.between(0.15, 0.45), random.between(0.3, 0.6));
  const cushion = hsl(random.between(0, 360), 0.4, 0.55);
  const [left, y] = [x - 90, foot - 64];
  return svg`<rect x="${left}" y="${y}" width="180" height="60" rx="16" fill="${colour}"/><rect x="${left + 18}" y="${y + 30}" width="144" height="26" rx="8" fill="${lighter(colour, 0.15)}"/><rect x="${left - 8}" y="${y + 18}" width="28" height="44" rx="12" fill="${darker(colour, 0.12)}"/><rect x="${left + 160}" y="${y + 18}" width="28" height="44" rx="12" fill="${darker(colour, 0.12)}"/><rect x="${left + 36}" y="${y + 4}" width="34" height="32" rx="7" fill="${cushion}" transform="rotate(-12 ${left + 50} ${y + 20})"/>`;
}

function curtain({ random }: Sketch, x: number, foot: number): string {
  const colour = hsl(random.between(0, 360), random.between(0.15, 0.5), random.between(0.4, 0.7));
  const width = random.between(40, 70);
  let folds = '';
  for (let at = 0; at < width; at += 9) folds += svg`M${x + at} -48q4 150 0 ${foot + 40}`;
  return svg`<rect x="${x}" y="-48" width="${width}" height="${foot + 42}" fill="${colour}"/><path d="${folds}" fill="none" stroke="${darker(colour, 0.5)}" stroke-width="3" opacity=".5"/>`;
}

function potPlant({ random }: Sketch, x: number, foot: number): string {
  const leaf = hsl(random.between(80, 150), random.between(0.25, 0.5), random.between(0.25, 0.42));
  let leaves = '';
  for (let i = 0; i < 13; i++) {
    const [angle, length] = [random.between(-75, 75), random.between(36, 76)];
    leaves += svg`<path d="M0 0Q${length * 0.2} ${-length * 0.6} 0 ${-length}Q${-length * 0.2} ${-length * 0.6} 0 0Z" fill="${mix(leaf, '#cfe09a', random.next() * 0.35)}" transform="translate(${x} ${foot - 30}) rotate(${angle})"/>`;
  }
  const pot = pick(random, ['#b9623e', '#e3ddd0', '#5a6f7a', '#3f3d3c']);
  return svg`${leaves}<path d="M${x - 18} ${foot - 34}h36l-5 38h-26Z" fill="${pot}"/><path d="M${x + 6} ${foot - 34}h12l-5 38h-8Z" fill="#120c0c" opacity=".25"/>`;
}
