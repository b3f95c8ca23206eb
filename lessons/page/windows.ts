import type { Interactive } from './interactive.js';

/**
 * A line of pixels with its padding, and below it every place of a sliding window, one a row, as SVG. A last window
 * that overhangs is drawn too, in the other colour. Pages carry this function for their readers' browsers, so it uses
 * nothing but its arguments.
 */
export function drawWindows(pixels: number, window: number, stride: number, padding: number): string {
  const cell = 30;
  const line = pixels + 2 * padding;
  const fitting = Math.floor((line - window) / stride) + 1;
  const overhang = (line - window) % stride !== 0;
  const rows = fitting + (overhang ? 1 : 0);
  const width = Math.max(line, (rows - 1) * stride + window);
  const parts: string[] = [];
  for (let i = 0; i < line; i++) {
    const inside = i >= padding && i < padding + pixels;
    parts.push(
      `<rect class="${inside ? 'pixel' : 'added'}" x="${i * cell}" y="0" width="${cell}" height="${cell}"/>` +
        `<text x="${(i + 0.5) * cell}" y="${cell / 2}" dy=".35em" text-anchor="middle">${inside ? i - padding + 1 : 0}</text>`,
    );
  }
  for (let row = 0; row < rows; row++) {
    parts.push(
      `<rect class="${row < fitting ? 'window' : 'over'}" x="${row * stride * cell + 1}" y="${cell + 8 + row * 16}" width="${window * cell - 2}" height="11" rx="3"/>`,
    );
  }
  const height = cell + 8 + rows * 16;
  const told = `${pixels} pixels, padding ${padding}, window ${window}, stride ${stride}: ${fitting} places${overhang ? ', and one that overhangs' : ''}`;
  return `<svg viewBox="-1 -1 ${width * cell + 2} ${height + 2}" width="${width * cell + 2}" height="${height + 2}" role="img" aria-label="${told}">${parts.join('')}</svg>`;
}

/** The same with sliders, and the formula with the numbers set in. */
export const movableWindow: Interactive<null> = {
  inputs: {
    pixels: { label: 'pixels N', value: 7, from: 3, to: 16 },
    window: { label: 'window F', value: 3, from: 1, to: 7 },
    stride: { label: 'stride S', value: 3, from: 1, to: 5 },
    padding: { label: 'padding P', value: 0, from: 0, to: 3 },
  },
  given: null,
  uses: [drawWindows],
  draw: ({ pixels, window, stride, padding }) => {
    const places = (pixels! - window! + 2 * padding!) / stride! + 1;
    const formula = `(${pixels} − ${window} + 2·${padding})/${stride} + 1 = ${String(Number(places.toFixed(2))).replace('-', '−')}`;
    if (places < 1) return `<p>${formula}. The window is larger than the padded line: it has no place.</p>`;
    const verdict = Number.isInteger(places)
      ? 'It fits.'
      : `It does not fit: ${Math.floor(places)} whole windows.`;
    return `${drawWindows(pixels!, window!, stride!, padding!)}<p>${formula}. ${verdict}</p>`;
  },
};
