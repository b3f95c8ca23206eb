import sharp from 'sharp';
import { Random } from '../../src/runtime/random.js';

const side = 512;

/** Thousands of short thick strokes that follow whirls, in blues and yellows. */
function strokes(random: Random): string {
  const whirls = Array.from({ length: 9 }, () => ({
    x: random.between(0, side),
    y: random.between(0, side),
    turn: random.next() < 0.5 ? -1 : 1,
    reach: random.between(50, 120),
  }));
  const colours = [
    '#16325c',
    '#1f4e8c',
    '#2d6fb5',
    '#5a96c8',
    '#9cc3d9',
    '#0e1f3d',
    '#e8c547',
    '#f3e3a0',
    '#c98b2b',
  ];
  const bright = colours.slice(6);
  const direction = (x: number, y: number) => {
    let [dx, dy] = [0.6, 0.25];
    for (const { x: cx, y: cy, turn, reach } of whirls) {
      const [a, b] = [x - cx, y - cy];
      const pull = Math.exp(-(a * a + b * b) / (2 * reach * reach));
      dx += (-turn * b * pull * 4) / reach;
      dy += (turn * a * pull * 4) / reach;
    }
    return Math.atan2(dy, dx);
  };
  const near = (x: number, y: number) =>
    Math.min(...whirls.map((w) => Math.hypot(x - w.x, y - w.y) / w.reach));
  const one = () => {
    let [x, y] = [random.between(-20, side + 20), random.between(-20, side + 20)];
    const warm = near(x, y) < 0.35 ? 0.75 : 0.07;
    const colour = random.next() < warm ? bright[random.below(bright.length)] : colours[random.below(6)];
    const points = [`M${x.toFixed(1)} ${y.toFixed(1)}`];
    for (let i = 0; i < 5; i++) {
      const angle = direction(x, y);
      x += 6 * Math.cos(angle);
      y += 6 * Math.sin(angle);
      points.push(`L${x.toFixed(1)} ${y.toFixed(1)}`);
    }
    return `<path d="${points.join('')}" stroke="${colour}" stroke-width="${random.between(3, 7).toFixed(1)}"/>`;
  };
  const all = Array.from({ length: 9000 }, one);
  return `<g fill="none" stroke-linecap="round">${all.join('')}</g>`;
}

/** Tiles of slightly turned squares with dark joints, in warm bands. */
function mosaic(random: Random): string {
  const colours = ['#b5332e', '#d9672b', '#efb23e', '#f5e2b8', '#2b6a6c', '#183a4a', '#7a2048'];
  const tiles: string[] = [];
  const step = 16;
  for (let y = 0; y < side; y += step) {
    for (let x = 0; x < side; x += step) {
      const band = Math.floor(
        (3 + Math.sin(x / 60) + Math.cos(y / 45) + (x + y) / 170 + random.between(-0.4, 0.4)) * 1.6,
      );
      const turn = random.between(-14, 14);
      const size = random.between(11, 14);
      tiles.push(
        `<rect x="${-size / 2}" y="${-size / 2}" width="${size}" height="${size}" rx="2" fill="${colours[band % colours.length]}" transform="translate(${x + step / 2} ${y + step / 2}) rotate(${turn.toFixed(1)})"/>`,
      );
    }
  }
  return `<rect width="${side}" height="${side}" fill="#1d1712"/>${tiles.join('')}`;
}

/** Black lines that swell and bend, on paper. */
function woodcut(random: Random): string {
  const lines: string[] = [];
  const [a, b, c] = [random.between(60, 90), random.between(35, 55), random.between(0, 6)];
  for (let y = -40; y < side + 40; y += 9) {
    for (let x = 0; x < side; x += 8) {
      const bend = (at: number) => y + 22 * Math.sin(at / a + y / 130 + c) + 9 * Math.sin(at / b - y / 70);
      const width = 3.6 + 3 * Math.sin(x / 53 + y / 37 + c);
      lines.push(
        `<path d="M${x} ${bend(x).toFixed(1)}L${x + 9} ${bend(x + 9).toFixed(1)}" stroke-width="${width.toFixed(1)}"/>`,
      );
    }
  }
  return `<rect width="${side}" height="${side}" fill="#efe4cc"/><g stroke="#191512" stroke-linecap="round">${lines.join('')}</g>`;
}

const drawings = { strokes, mosaic, woodcut };

/** `strokes` along a whirling flow, a `mosaic`, and a `woodcut`. */
export type StyleName = keyof typeof drawings;
export const styleNames = Object.keys(drawings) as StyleName[];

/** Writes one as a PNG of 512×512 pixels; the same at every call. */
export async function drawStyle(name: StyleName, file: string): Promise<void> {
  const body = drawings[name](new Random(1).fork(name));
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}"><rect width="${side}" height="${side}" fill="#16325c"/>${body}</svg>`;
  await sharp(Buffer.from(svg)).png().toFile(file);
}
