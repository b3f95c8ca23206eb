import { darker, hsl, lighter } from './colour.js';
import { chance, pick, type Sketch, svg } from './svg.js';

/** What a bird sits on: a branch, a rail or a post, its upper edge at height `y` below `x`. */
export function perch(sketch: Sketch, x: number, y: number, scale: number): string {
  return pick(sketch.random, [branch, branch, branch, rail, post])(sketch, x, y, scale);
}

function branch({ random }: Sketch, x: number, y: number, scale: number): string {
  const bark = pick(random, ['#5d4736', '#7a6450', '#8d8377', '#463830']);
  const width = random.between(8, 15) * scale;
  const [left, right] = [random.between(-20, 20), random.between(-20, 20)];
  let leaves = '';
  const green = hsl(pick(random, [35, 75, 105, 125]), random.between(0.25, 0.5), random.between(0.28, 0.45));
  for (let i = random.below(15); i > 0; i--) {
    const [at, size] = [random.between(-30, 286), random.between(12, 26)];
    leaves += svg`<path d="M0 0Q${size * 0.5} ${-size * 0.4} ${size} 0Q${size * 0.5} ${size * 0.4} 0 0Z" fill="${chance(random, 0.5) ? green : lighter(green, 0.2)}" transform="translate(${at} ${y + width / 2}) rotate(${random.between(-160, 160)})"/>`;
  }
  const shape = svg`M-50 ${y + left}Q${x - 40} ${y} ${x} ${y - 1}T310 ${y + right}V${y + right + width * 0.7}Q${x + 50} ${y + width} ${x} ${y + width}T-50 ${y + left + width * 1.3}Z`;
  return (
    `${leaves}<path d="${shape}" fill="${bark}"/>` +
    svg`<path d="M-50 ${y + left + width}Q${x - 40} ${y + width * 0.8} ${x} ${y + width * 0.8}T310 ${y + right + width * 0.5}" fill="none" stroke="${darker(bark, 0.55)}" stroke-width="${width * 0.35}" opacity=".7"/>` +
    svg`<path d="M-50 ${y + left + width * 0.3}Q${x - 40} ${y + width * 0.3} ${x} ${y + width * 0.25}T310 ${y + right + width * 0.2}" fill="none" stroke="${lighter(bark, 0.35)}" stroke-width="1.4" stroke-dasharray="14 5 4 7" opacity=".7"/>`
  );
}

function rail({ random }: Sketch, _x: number, y: number, scale: number): string {
  const colour = pick(random, ['#e6e1d5', '#8b6b4c', '#5f6468', '#b39a78']);
  const width = 14 * scale;
  return svg`<rect x="-50" y="${y}" width="360" height="${width}" fill="${colour}"/><rect x="-50" y="${y + width * 0.65}" width="360" height="${width * 0.35}" fill="#120c0c" opacity=".35"/><rect x="-50" y="${y}" width="360" height="2" fill="#fff" opacity=".35"/>`;
}

function post({ random }: Sketch, x: number, y: number, scale: number): string {
  const colour = pick(random, ['#8b6b4c', '#a58b6d', '#6b5f55', '#d9d2c3']);
  const half = random.between(22, 34) * scale;
  return svg`<rect x="${x - half}" y="${y}" width="${half * 2}" height="300" fill="${colour}"/><rect x="${x + half * 0.3}" y="${y}" width="${half * 0.7}" height="300" fill="#120c0c" opacity=".28"/><ellipse cx="${x}" cy="${y}" rx="${half}" ry="${half * 0.2}" fill="${lighter(colour, 0.25)}"/>`;
}
