import { type Markup, markup } from '../../src/report/markup.js';

/** A layer's output as a block: its sides are those of the map, its depth the channels. */
export interface MapBlock {
  readonly name: string;
  /** [height, width, channels] or [units]. */
  readonly shape: readonly number[];
  readonly note?: string;
}

/** Layers side by side, as slides draw a network; where the page is narrow, in several rows. */
export function mapBlocks(blocks: readonly MapBlock[]): Markup {
  const largest = Math.max(...blocks.map(({ shape }) => (shape.length === 3 ? shape[0]! : 1)));
  return markup`<div class="maps">${blocks.map((block) => oneBlock(block, largest))}</div>`;
}

function oneBlock({ name, shape, note }: MapBlock, largest: number): Markup {
  const [side, channels] = shape.length === 3 ? [shape[0]!, shape[2]!] : [1, shape[0]!];
  // Square roots, so that maps of 224 and of 7 pixels can be seen side by side.
  const front = Math.max(5, 62 * Math.sqrt(side / largest));
  const depth = 4 + 3.4 * Math.log2(channels);
  const [dx, dy] = [depth * 0.8, depth * 0.5];
  const [width, height] = [front + dx + 2, front + dy + 2];
  const corner = (x: number, y: number) => `${(1 + x).toFixed(1)},${(1 + y).toFixed(1)}`;
  return markup`<div class="map"><svg width="${width.toFixed(1)}" height="${height.toFixed(1)}" viewBox="0 0 ${width.toFixed(1)} ${height.toFixed(1)}" role="img" aria-label="${name}: ${shape.join('×')}">
<polygon class="top" points="${[corner(0, dy), corner(dx, 0), corner(front + dx, 0), corner(front, dy)].join(' ')}"/>
<polygon class="side" points="${[corner(front, dy), corner(front + dx, 0), corner(front + dx, front), corner(front, front + dy)].join(' ')}"/>
<rect class="front" x="1" y="${(1 + dy).toFixed(1)}" width="${front.toFixed(1)}" height="${front.toFixed(1)}"/></svg>
<b>${name}</b><span>${shape.join('×')}</span>${note && markup`<span class="soft">${note}</span>`}</div>`;
}
