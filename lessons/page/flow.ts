import { type Markup, markup } from '../../src/report/markup.js';

/** A box of a diagram, by its middle, in units of a tenth of the diagram's width. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  /** A second line, smaller. */
  readonly below?: string;
  readonly marked?: boolean;
  /** Width in the same units; 2.2 unless told. */
  readonly width?: number;
}

export interface Flow {
  readonly boxes: Readonly<Record<string, Box>>;
  /** From one box to another; `around` leads past what stands between them, so far to the right of both. */
  readonly arrows: readonly (readonly [from: string, to: string, around?: number])[];
  /** Height in the same units. */
  readonly height: number;
}

const unit = 52;
const boxHeight = 46;

/** Boxes and arrows, read from top to bottom. */
export function flowDiagram({ boxes, arrows, height }: Flow, description: string): Markup {
  const drawn = Object.values(boxes).map(({ x, y, text, below, marked, width = 2.2 }) => {
    const [left, top] = [(x - width / 2) * unit, y * unit - boxHeight / 2];
    const baseline = below === undefined ? y * unit + 5 : y * unit - 3;
    return markup`<rect class="box${marked ? ' marked' : ''}" x="${left.toFixed(1)}" y="${top.toFixed(1)}" width="${(width * unit).toFixed(1)}" height="${boxHeight}" rx="5"/><text x="${(x * unit).toFixed(1)}" y="${baseline.toFixed(1)}" text-anchor="middle">${text}</text>${below !== undefined && markup`<text class="small" x="${(x * unit).toFixed(1)}" y="${(y * unit + 15).toFixed(1)}" text-anchor="middle">${below}</text>`}`;
  });
  const lines = arrows.map(([from, to, around]) => {
    const [a, b] = [boxes[from]!, boxes[to]!];
    const [x1, y1, x2, y2] = [a.x * unit, a.y * unit, b.x * unit, b.y * unit];
    if (around !== undefined) {
      const side = x1 + around * unit;
      const end = x2 + ((b.width ?? 2.2) * unit) / 2;
      return markup`<path class="shortcut" d="M${x1 + ((a.width ?? 2.2) * unit) / 2} ${y1}H${side}V${y2}H${end + 8}"/><path class="arrow" d="M${end} ${y2}l9 -5v10z"/>`;
    }
    const [start, end] = [y1 + boxHeight / 2, y2 - boxHeight / 2];
    // Past what stands between them: out of the side of a wide box, or into it.
    const reach = (box: Box) => ((box.width ?? 2.2) * unit) / 2;
    const across = Math.abs(x2 - x1);
    const way = Math.sign(x2 - x1);
    if (reach(a) > reach(b) && across > reach(a) + 0.5 * unit) {
      return markup`<path d="M${x1 + way * reach(a)} ${y1}H${x2}V${end - 7}"/><path class="arrow" d="M${x2} ${end}l-5 -9h10z"/>`;
    }
    if (reach(b) > reach(a) && across > reach(b) + 0.5 * unit) {
      const side = x2 - way * reach(b);
      return markup`<path d="M${x1} ${start}V${y2}H${side - way * 7}"/><path class="arrow" d="M${side} ${y2}l${-way * 9} -5v10z"/>`;
    }
    const middle = (start + end) / 2;
    return markup`<path d="M${x1} ${start}C${x1} ${middle} ${x2} ${middle} ${x2} ${end - 7}"/><path class="arrow" d="M${x2} ${end}l-5 -9h10z"/>`;
  });
  return markup`<svg class="flow" viewBox="0 0 ${10 * unit} ${height * unit}" role="img" aria-label="${description}">${lines}${drawn}</svg>`;
}
