import { darker, hsl, lighter, mix } from './colour.js';
import { pick, type Sketch, svg } from './svg.js';
import { band, frame, gradient, specks, tiled } from './texture.js';

const bottom = frame.size + frame.margin;

/** What an animal stands on, from height `top` to beyond the lower edge: outdoors, then indoors. */
export const grounds = { grass, sand, paving, snow, earth } as const;
export const floors = { planks, tiles, carpet } as const;

function grass(sketch: Sketch, top: number): string {
  const { random } = sketch;
  const green = hsl(random.between(65, 125), random.between(0.25, 0.5), random.between(0.28, 0.45));
  let [dark, light] = ['', ''];
  for (let i = 0; i < 520; i++) {
    const y = top + (bottom - top) * random.next() ** 1.3;
    const height = 3 + ((y - top) / (bottom - top)) * 13;
    const blade = svg`M${random.between(-30, 286)} ${y}q${random.between(-2, 2)} ${-height * 0.6} ${random.between(-4, 4)} ${-height}`;
    if (i % 2) dark += blade;
    else light += blade;
  }
  let flowers = '';
  const petals = pick(random, ['#f4efe2', '#e9c948', '#c7a2d8', '#dd7f7a']);
  for (let i = random.below(26); i > 0; i--) {
    flowers += svg`<circle cx="${random.between(0, 256)}" cy="${random.between(top + 4, bottom)}" r="${random.between(1.2, 3)}"/>`;
  }
  return (
    band(top, bottom, gradient(sketch, lighter(green, 0.22), darker(green, 0.18))) +
    band(
      top,
      bottom,
      '#000',
      `filter="${specks(sketch, darker(green, 0.5), 0.06, 0.16, 0.9)}" opacity=".6"`,
    ) +
    `<g fill="none" stroke-width="1.3"><path d="${dark}" stroke="${darker(green, 0.45)}" opacity=".7"/><path d="${light}" stroke="${lighter(green, 0.4)}" opacity=".55"/></g>` +
    `<g fill="${petals}">${flowers}</g>`
  );
}

function sand(sketch: Sketch, top: number): string {
  const colour = pick(sketch.random, ['#d9bd8c', '#cdb594', '#e0cda6', '#b89a70']);
  return (
    band(top, bottom, gradient(sketch, lighter(colour, 0.25), darker(colour, 0.12))) +
    band(top, bottom, '#000', `filter="${specks(sketch, darker(colour, 0.6), 0.5, 0.6, 0.7)}" opacity=".5"`) +
    band(
      top,
      bottom,
      '#000',
      `filter="${specks(sketch, darker(colour, 0.4), 0.012, 0.07, 0.9)}" opacity=".5"`,
    )
  );
}

function paving(sketch: Sketch, top: number): string {
  const { random } = sketch;
  const colour = pick(random, ['#9b948a', '#b3a595', '#8c8f93', '#a68572']);
  let joints = '';
  let y = top;
  for (let row = 0; y < bottom; row++) {
    const height = 9 + row * 6;
    joints += svg`M-48 ${y}H304`;
    for (let x = -48 + random.between(0, 20); x < 304; x += height * random.between(2, 2.8))
      joints += svg`M${x} ${y}l${(x - 128) * 0.06} ${height}`;
    y += height;
  }
  return (
    band(top, bottom, gradient(sketch, lighter(colour, 0.15), darker(colour, 0.15))) +
    band(
      top,
      bottom,
      '#000',
      `filter="${specks(sketch, darker(colour, 0.6), 0.2, 0.3, 0.8)}" opacity=".45"`,
    ) +
    `<path d="${joints}" fill="none" stroke="${darker(colour, 0.55)}" stroke-width="1.8" opacity=".8"/>`
  );
}

function snow(sketch: Sketch, top: number): string {
  return (
    band(top, bottom, gradient(sketch, '#eef2f6', '#cfd9e6')) +
    band(top, bottom, '#000', `filter="${specks(sketch, '#8fa3be', 0.015, 0.05, 0.9)}" opacity=".55"`) +
    band(top, bottom, '#000', `filter="${specks(sketch, '#ffffff', 0.6, 0.6, 1)}" opacity=".6"`)
  );
}

/** Bare earth under fallen leaves or straw. */
function earth(sketch: Sketch, top: number): string {
  const { random } = sketch;
  const colour = pick(random, ['#7a5c43', '#6b5a48', '#8f7350', '#5d4a3a']);
  const litter = pick(random, [
    ['#b5672c', '#8c4a22', '#c99a3c'],
    ['#d3b56a', '#b8944a', '#e0c98c'],
    ['#6c6a3a', '#85794a', '#4f4a2c'],
  ]);
  let leaves = '';
  for (let i = 0; i < 150; i++) {
    const y = top + (bottom - top) * random.next();
    const size = 2 + ((y - top) / (bottom - top)) * 6;
    leaves += svg`<ellipse cx="${random.between(-30, 286)}" cy="${y}" rx="${size}" ry="${size * 0.38}" fill="${pick(random, litter)}" transform="rotate(${random.between(-30, 30)} 128 ${y})"/>`;
  }
  return (
    band(top, bottom, gradient(sketch, lighter(colour, 0.2), darker(colour, 0.2))) +
    band(top, bottom, '#000', `filter="${specks(sketch, darker(colour, 0.6), 0.09, 0.2, 1)}" opacity=".6"`) +
    `<g opacity=".85">${leaves}</g>`
  );
}

function planks(sketch: Sketch, top: number): string {
  const { random } = sketch;
  const colour = pick(random, ['#b98a5a', '#8e6239', '#c9a678', '#6f4c31', '#a89784']);
  let joints = '';
  for (let y = top, height = 7; y < bottom; y += height, height *= 1.28) {
    joints += svg`M-48 ${y}H304`;
    for (let x = random.between(-40, 60); x < 304; x += random.between(70, 150))
      joints += svg`M${x} ${y}v${height}`;
  }
  return (
    band(top, bottom, gradient(sketch, darker(colour, 0.1), lighter(colour, 0.12))) +
    band(
      top,
      bottom,
      '#000',
      `filter="${specks(sketch, darker(colour, 0.55), 0.012, 0.32, 1)}" opacity=".7"`,
    ) +
    `<path d="${joints}" fill="none" stroke="${darker(colour, 0.6)}" stroke-width="1.3" opacity=".75"/>`
  );
}

function tiles(sketch: Sketch, top: number): string {
  const { random } = sketch;
  const [light, dark] = pick(random, [
    ['#e6e0d4', '#4a4a4d'],
    ['#dcd3c2', '#a65b41'],
    ['#d5dadb', '#7f9aa6'],
    ['#efe8da', '#c7b79b'],
  ] as const);
  const size = random.between(26, 44);
  const half = size / 2;
  const checks = tiled(
    sketch,
    size,
    size,
    svg`<rect width="${size}" height="${size}" fill="${light}"/><rect width="${half}" height="${half}" fill="${dark}"/><rect x="${half}" y="${half}" width="${half}" height="${half}" fill="${dark}"/>`,
    svg`translate(128 ${top}) scale(1 .55) rotate(45)`,
  );
  return (
    band(top, bottom, checks) +
    band(top, bottom, gradient(sketch, '#ffffff', '#000000'), 'opacity=".14"') +
    band(top, bottom, '#000', `filter="${specks(sketch, '#2a2624', 0.03, 0.05, 0.8)}" opacity=".25"`)
  );
}

/** Carpet, blanket or cushion: woven, plain or chequered. */
function carpet(sketch: Sketch, top: number): string {
  const { random } = sketch;
  const colour = hsl(random.between(0, 360), random.between(0.12, 0.45), random.between(0.3, 0.66));
  const other = mix(colour, hsl(random.between(0, 360), 0.35, 0.5), 0.5);
  const [size, stripe] = [random.between(18, 46), random.between(4, 10)];
  const plaid = tiled(
    sketch,
    size,
    size,
    svg`<rect width="${stripe}" height="${size}" fill="${other}" opacity=".7"/><rect width="${size}" height="${stripe}" fill="${other}" opacity=".7"/><rect x="${size / 2}" width="1.5" height="${size}" fill="${lighter(colour, 0.6)}" opacity=".6"/>`,
    svg`rotate(${random.between(-12, 12)})`,
  );
  return (
    band(top, bottom, gradient(sketch, darker(colour, 0.12), lighter(colour, 0.1))) +
    (random.next() < 0.55 ? band(top, bottom, plaid) : '') +
    band(
      top,
      bottom,
      '#000',
      `filter="${specks(sketch, darker(colour, 0.6), 0.35, 0.35, 0.9)}" opacity=".55"`,
    ) +
    band(top, bottom, '#000', `filter="${specks(sketch, lighter(colour, 0.6), 0.3, 0.45, 0.8)}" opacity=".4"`)
  );
}
