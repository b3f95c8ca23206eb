import { darker, hsl, lighter, mix } from './colour.js';
import { blob, chance, closedCurve, openCurve, pick, type Sketch, svg } from './svg.js';
import { band, frame, gradient, specks, tiled } from './texture.js';

const top = -frame.margin;

/** What is behind an animal outdoors, from beyond the upper edge down to `horizon`. */
export const backdrops = { hills, sea, bricks, fence, woods } as const;

export function sky(sketch: Sketch, horizon: number): string {
  const { random } = sketch;
  const [high, low] = pick(random, [
    ['#5f9bd0', '#cfe3ee'],
    ['#8fb2cc', '#e8edee'],
    ['#a9b4be', '#dcdfe0'],
    ['#5f7fae', '#efc79a'],
    ['#7fc0d8', '#f2efdc'],
    ['#8a86a8', '#eab9a0'],
  ] as const);
  let clouds = '';
  for (let i = random.below(7); i > 0; i--) {
    const shape = blob(
      random,
      random.between(-20, 276),
      random.between(top, horizon),
      random.between(50, 130),
      random.between(10, 30),
    );
    clouds += svg`<path d="${closedCurve(shape)}" opacity="${random.between(0.4, 0.9)}"/>`;
  }
  return (
    band(top, horizon + 2, gradient(sketch, high, low)) +
    `<g fill="#f7f5f0" filter="url(#soft)">${clouds}</g>`
  );
}

function hills(sketch: Sketch, horizon: number): string {
  const { random } = sketch;
  let ridges = '';
  const green = hsl(random.between(70, 170), random.between(0.15, 0.4), random.between(0.32, 0.5));
  for (let i = 0; i < 3; i++) {
    const base = horizon - 34 + i * 13;
    const ridge = Array.from({ length: 7 }, (_, j) => [-48 + j * 59, base + random.normal() * 9] as const);
    const colour = mix('#c3d3dc', green, 0.35 + i * 0.28);
    ridges += svg`<path d="${openCurve(ridge)}V${horizon + 4}H-48Z" fill="${colour}"/>`;
  }
  let trees = '';
  for (let i = random.below(7); i > 0; i--)
    trees += tree(sketch, random.between(-10, 266), horizon + 2, random.between(26, 90));
  return sky(sketch, horizon) + ridges + trees;
}

function tree({ random }: Sketch, x: number, foot: number, height: number): string {
  const leaf = hsl(
    pick(random, [40, 75, 100, 120, 140]) + random.between(-10, 10),
    random.between(0.2, 0.5),
    random.between(0.2, 0.4),
  );
  let crown = '';
  for (let i = 0; i < 5; i++) {
    const shape = blob(
      random,
      x + random.normal() * height * 0.13,
      foot - height * random.between(0.5, 0.85),
      height * 0.5,
      height * 0.4,
    );
    crown += `<path d="${closedCurve(shape)}" fill="${i > 2 ? lighter(leaf, 0.18) : leaf}"/>`;
  }
  return svg`<path d="M${x - height * 0.04} ${foot}L${x - height * 0.02} ${foot - height * 0.6}h${height * 0.05}L${x + height * 0.05} ${foot}Z" fill="#5a4433"/>${crown}`;
}

function sea(sketch: Sketch, horizon: number): string {
  const { random } = sketch;
  const water = hsl(random.between(185, 215), random.between(0.25, 0.5), random.between(0.35, 0.55));
  const line = horizon - random.between(20, 60);
  return (
    sky(sketch, line) +
    band(line, horizon + 2, gradient(sketch, water, lighter(water, 0.35))) +
    band(line, horizon + 2, '#000', `filter="${specks(sketch, '#ffffff', 0.015, 0.22, 0.9)}" opacity=".6"`) +
    svg`<path d="M-48 ${horizon}q40 -7 90 0t110 -1t150 1v4H-48Z" fill="#f4f4ee" opacity=".85"/>`
  );
}

function bricks(sketch: Sketch, horizon: number): string {
  const { random } = sketch;
  const colour = pick(random, ['#a4573f', '#b5785a', '#8c6a5a', '#cfc3b0', '#7d7a78']);
  const [width, height] = [random.between(24, 36), random.between(9, 13)];
  const joint = lighter(colour, 0.45);
  const wall = tiled(
    sketch,
    width,
    height * 2,
    svg`<rect width="${width}" height="${height * 2}" fill="${colour}"/><rect width="${width / 2}" height="${height}" fill="${darker(colour, 0.12)}"/><path d="M0 0H${width}M0 ${height}H${width}M0 0V${height}M${width / 2} ${height}V${height * 2}" stroke="${joint}" stroke-width="2.4" opacity=".8"/>`,
  );
  return (
    band(top, horizon + 2, wall) +
    band(
      top,
      horizon + 2,
      '#000',
      `filter="${specks(sketch, darker(colour, 0.7), 0.1, 0.14, 0.9)}" opacity=".45"`,
    ) +
    (chance(random, 0.4) ? climber(sketch, horizon) : '')
  );
}

/** Leaves growing over a wall. */
function climber({ random }: Sketch, horizon: number): string {
  const leaf = hsl(random.between(70, 140), 0.35, 0.3);
  const [x, spread] = [random.between(0, 256), random.between(30, 80)];
  let leaves = '';
  for (let i = 0; i < 90; i++) {
    const shape = blob(random, x + random.normal() * spread, random.between(-20, horizon), 14, 12);
    leaves += `<path d="${closedCurve(shape)}" fill="${mix(leaf, '#b9c98a', random.next() * 0.5)}"/>`;
  }
  return leaves;
}

function fence(sketch: Sketch, horizon: number): string {
  const { random } = sketch;
  const colour = pick(random, ['#8b6b4c', '#a58b6d', '#d9d5cb', '#5f7a78', '#6e5a4b']);
  const width = random.between(18, 34);
  const board = tiled(
    sketch,
    width,
    400,
    svg`<rect width="${width}" height="400" fill="${colour}"/><rect width="2.4" height="400" fill="${darker(colour, 0.65)}"/><rect x="2.4" width="2" height="400" fill="${lighter(colour, 0.3)}" opacity=".6"/>`,
  );
  return (
    band(top, horizon + 2, board) +
    band(
      top,
      horizon + 2,
      '#000',
      `filter="${specks(sketch, darker(colour, 0.6), 0.3, 0.014, 1)}" opacity=".6"`,
    )
  );
}

function woods(sketch: Sketch, horizon: number): string {
  const { random } = sketch;
  const dark = hsl(random.between(60, 150), random.between(0.12, 0.35), random.between(0.16, 0.34));
  let leaves = '';
  for (let i = 0; i < 60; i++) {
    const size = random.between(14, 46);
    const shape = blob(random, random.between(-30, 286), random.between(top, horizon), size, size * 0.8);
    leaves += svg`<path d="${closedCurve(shape)}" fill="${mix(dark, pick(random, ['#d6dd9a', '#7da05a', '#1c2a1a']), random.next() * 0.55)}" opacity=".8"/>`;
  }
  let trunks = '';
  for (let i = random.below(6); i > 0; i--) {
    const [x, width] = [random.between(-10, 266), random.between(6, 24)];
    trunks += svg`<rect x="${x}" y="${top}" width="${width}" height="${horizon - top + 3}" fill="${pick(random, ['#4b3a2e', '#6b5a4c', '#9b9284', '#3a302a'])}"/><rect x="${x + width * 0.65}" y="${top}" width="${width * 0.35}" height="${horizon - top + 3}" fill="#120c0c" opacity=".3"/>`;
  }
  return band(top, horizon + 2, gradient(sketch, lighter(dark, 0.3), dark)) + leaves + trunks;
}
