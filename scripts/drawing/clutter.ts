import type { Random } from '../../src/runtime/random.js';
import { darker, hsl, lighter } from './colour.js';
import { blob, closedCurve, pick, type Sketch, svg } from './svg.js';

/** A thing lying about, its foot at (x, y), about `size` units high. The same things surround every animal. */
export function clutter({ random }: Sketch, x: number, y: number, size: number): string {
  const thing = pick(random, [ball, bowl, stone, box, flowers, cushion, carrot, book, yarn, bone]);
  const shadow = svg`<ellipse cx="4" cy="0" rx="26" ry="6" fill="#140c10" opacity=".4" filter="url(#faint)"/>`;
  return svg`<g transform="translate(${x} ${y}) scale(${size / 40})">${shadow}${thing(random)}</g>`;
}

function tint(random: Random): string {
  return hsl(random.between(0, 360), random.between(0.2, 0.6), random.between(0.35, 0.65));
}

function ball(random: Random): string {
  const colour = tint(random);
  return `<circle cy="-19" r="19" fill="${colour}"/><path d="M-19 -19Q0 -8 19 -19M0 -38Q-12 -19 0 0" fill="none" stroke="${lighter(colour, 0.6)}" stroke-width="4"/><path d="M19 -19A19 19 0 0 1 -10 -3Q12 -4 19 -19Z" fill="#120c0c" opacity=".3"/><ellipse cx="-7" cy="-28" rx="5" ry="3.5" fill="#fff" opacity=".6"/>`;
}

function bowl(random: Random): string {
  const colour = tint(random);
  return `<path d="M-28 -20H28L21 0H-21Z" fill="${colour}"/><ellipse cy="-20" rx="28" ry="7" fill="${darker(colour, 0.45)}"/><ellipse cy="-19" rx="23" ry="4.5" fill="${pick(random, ['#8a5a34', '#a9c7d8', '#c9a05a'])}"/><path d="M8 -13H26L21 0H10Z" fill="#120c0c" opacity=".22"/>`;
}

function stone(random: Random): string {
  const colour = pick(random, ['#8f8a84', '#a39a8c', '#6f6c6a']);
  return `<path d="${closedCurve(blob(random, 0, -13, 44, 28))}" fill="${colour}"/><ellipse cx="-6" cy="-18" rx="11" ry="5" fill="#fff" opacity=".25" filter="url(#faint)"/>`;
}

function box(random: Random): string {
  const colour = pick(random, ['#b98f5f', '#c9a679', '#a3b0b5']);
  return `<path d="M-26 -32H26V0H-26Z" fill="${colour}"/><path d="M-26 -32L-36 -42L-20 -36M26 -32L36 -40L20 -36" fill="${lighter(colour, 0.25)}"/><path d="M-3 -32H5V0H-3Z" fill="${lighter(colour, 0.4)}" opacity=".6"/><path d="M10 -32H26V0H10Z" fill="#120c0c" opacity=".18"/>`;
}

function flowers(random: Random): string {
  const petal = tint(random);
  let stems = '';
  for (let i = 0; i < 5; i++) {
    const [x, y] = [random.between(-20, 20), random.between(-44, -24)];
    const petals = Array.from({ length: 5 }, (_, j) => {
      const angle = j * 1.257;
      return svg`<circle cx="${x + 5 * Math.cos(angle)}" cy="${y + 5 * Math.sin(angle)}" r="3.8" fill="${petal}"/>`;
    }).join('');
    stems += svg`<path d="M${x * 0.3} 0Q${x} -10 ${x} ${y}" fill="none" stroke="#567a3c" stroke-width="2.4"/>${petals}<circle cx="${x}" cy="${y}" r="3" fill="#e9c24a"/>`;
  }
  return stems;
}

function cushion(random: Random): string {
  const colour = tint(random);
  return `<path d="M-32 -34Q0 -28 32 -34Q27 -17 32 0Q0 -5 -32 0Q-27 -17 -32 -34Z" fill="${colour}"/><path d="M-18 -31V-3M-6 -30V-4M6 -30V-4M18 -31V-3" stroke="${lighter(colour, 0.45)}" stroke-width="3"/>`;
}

function carrot(): string {
  return '<path d="M-26 -4Q-10 -16 18 -13Q23 -8 18 -4Q-8 2 -26 -4Z" fill="#d97b33"/><path d="M18 -9Q28 -20 36 -18M18 -9Q30 -12 38 -9M18 -8Q28 -4 34 -1" fill="none" stroke="#5c8a3c" stroke-width="3.4" stroke-linecap="round"/><path d="M-6 -12l2 4M4 -13l1 4M-14 -4l3 -3" stroke="#a9551c" stroke-width="1.4"/>';
}

function book(random: Random): string {
  const [upper, lower] = [tint(random), tint(random)];
  return `<path d="M-30 -9H30V0H-30Z" fill="${lower}"/><path d="M-24 -18H26V-9H-24Z" fill="${upper}"/><path d="M22 -17H26V-10H22ZM26 -8H30V-1H26Z" fill="#f2ecdc"/>`;
}

function yarn(random: Random): string {
  const colour = tint(random);
  let threads = '';
  for (let i = 0; i < 12; i++)
    threads += svg`<ellipse cy="-17" rx="17" ry="${random.between(4, 15)}" transform="rotate(${random.between(0, 180)} 0 -17)"/>`;
  return `<circle cy="-17" r="17" fill="${colour}"/><g fill="none" stroke="${darker(colour, 0.4)}" stroke-width="1.1" opacity=".8">${threads}</g><path d="M12 -3Q26 6 34 -2T50 -2" fill="none" stroke="${colour}" stroke-width="2.4"/>`;
}

function bone(): string {
  return '<g fill="#ece2cc" stroke="#a8997c" stroke-width="1"><path d="M-22 -12H22V-4H-22Z"/><circle cx="-24" cy="-13" r="6"/><circle cx="-24" cy="-3" r="6"/><circle cx="24" cy="-13" r="6"/><circle cx="24" cy="-3" r="6"/></g>';
}
