import { chance, define, pick, type Sketch, svg } from './svg.js';
import { band, frame, specks } from './texture.js';

/** The whole picture as a camera might have caught it: light, exposure, colour cast, focus, grain. */
export function photographed(sketch: Sketch, picture: string): string {
  const { random } = sketch;
  const grade = exposure(sketch);
  return (
    `<g filter="${grade}">${picture}${chance(random, 0.35) ? lightAndShade(sketch) : ''}${cast(sketch)}</g>` +
    vignette(sketch) +
    grain(sketch)
  );
}

function exposure(sketch: Sketch): string {
  const { random } = sketch;
  const [brightness, contrast] = [random.between(0.92, 1.2), random.between(0.9, 1.15)];
  const saturation = random.between(0.85, 1.2);
  const offset = (1 - contrast) * 0.42;
  const blur = chance(random, 0.15) ? random.between(0.6, 1.4) : 0.25;
  const linear = svg`type="linear" slope="${brightness * contrast}" intercept="${offset}"`;
  return define(
    sketch,
    (id) =>
      svg`<filter id="${id}" filterUnits="userSpaceOnUse" x="-48" y="-48" width="352" height="352" color-interpolation-filters="sRGB"><feGaussianBlur stdDeviation="${blur}"/><feColorMatrix type="saturate" values="${saturation}"/><feComponentTransfer><feFuncR ${linear}/><feFuncG ${linear}/><feFuncB ${linear}/></feComponentTransfer></filter>`,
  );
}

/** Sun through a window or through leaves. */
function lightAndShade({ random }: Sketch): string {
  if (chance(random, 0.5)) {
    const [x, lean, width] = [random.between(-60, 160), random.between(30, 110), random.between(18, 44)];
    const bars = [0, 1, 2].map((i) => {
      const left = x + i * width * 1.5;
      return svg`M${left} -48h${width}l${lean} 360h${-width}Z`;
    });
    return `<path d="${bars.join('')}" fill="#fff0c8" opacity=".2" filter="url(#faint)"/>`;
  }
  const tint = pick(random, ['#0f1418', '#fff3cf']);
  let dapples = '';
  for (let i = 0; i < 22; i++) {
    dapples += svg`<ellipse cx="${random.between(-20, 276)}" cy="${random.between(-20, 276)}" rx="${random.between(8, 30)}" ry="${random.between(6, 20)}"/>`;
  }
  return `<g fill="${tint}" opacity=".24" filter="url(#soft)">${dapples}</g>`;
}

function cast({ random }: Sketch): string {
  const colour = pick(random, ['#ffb35a', '#ff9a4a', '#6aa0e0', '#4a6fa8', '#d8e0a0', '#e0a0b0']);
  return band(-frame.margin, frame.size + frame.margin, colour, svg`opacity="${random.between(0, 0.12)}"`);
}

function vignette(sketch: Sketch): string {
  const { random } = sketch;
  const [x, y] = [random.between(0.35, 0.65), random.between(0.35, 0.65)];
  const shade = define(
    sketch,
    (id) =>
      svg`<radialGradient id="${id}" cx="${x}" cy="${y}" r=".78"><stop offset=".5" stop-color="#0c080c" stop-opacity="0"/><stop offset="1" stop-color="#0c080c" stop-opacity="${random.between(0, 0.4)}"/></radialGradient>`,
  );
  return band(-frame.bleed, frame.size + frame.bleed, shade);
}

/** Film grain, fine and faint. */
function grain(sketch: Sketch): string {
  const strength = sketch.random.between(0.02, 0.09);
  const layer = (colour: string) =>
    band(
      -frame.bleed,
      frame.size + frame.bleed,
      '#000',
      svg`filter="${specks(sketch, colour, 0.7, 0.7, 1.3)}" opacity="${strength}"`,
    );
  return layer('#000000') + layer('#ffffff');
}
