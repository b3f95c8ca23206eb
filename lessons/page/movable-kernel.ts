import type { Matrix } from '../../src/arithmetic/index.js';
import { bitmapInBase64 } from './bitmap.js';
import type { Input, Interactive } from './interactive.js';

/** Fields for the cells of a 3×3 kernel, `cell0` to `cell8`. */
function kernelFields(kernel: Matrix): Record<string, Input> {
  const fields = kernel.flat().map((value, i) => {
    const label = `kernel, row ${Math.floor(i / 3) + 1}, column ${(i % 3) + 1}`;
    return [`cell${i}`, { label, value, from: -99, to: 99, as: 'field' as const }] as const;
  });
  return Object.fromEntries(fields);
}

/**
 * Numbers on tiles from a place of an SVG on: the stronger the colour, the further from zero, as other matrices have it.
 * Pages carry this function for their readers' browsers, so it uses nothing but its arguments.
 */
function numberTiles(rows: Matrix, left: number, top: number, width: number): string {
  const largest = Math.max(1e-9, ...rows.flat().map(Math.abs));
  return rows
    .map((row, r) =>
      row
        .map((value, c) => {
          const [x, y] = [left + c * width, top + r * 32];
          const text = String(Number(value.toFixed(2))).replace('-', '−');
          return (
            `<rect class="${value < 0 ? 'below' : 'above'}" x="${x}" y="${y}" width="${width}" height="32" fill-opacity="${((0.6 * Math.abs(value)) / largest).toFixed(3)}"/>` +
            `<text x="${x + width / 2}" y="${y + 16}" dy=".35em" text-anchor="middle">${text}</text>`
          );
        })
        .join(''),
    )
    .join('');
}

/** A small input under a 3×3 kernel whose numbers the reader changes, the outputs as numbers. */
export function movableKernel(input: Matrix, kernel: Matrix): Interactive<Matrix> {
  return {
    inputs: kernelFields(kernel),
    columns: 3,
    given: input,
    uses: [numberTiles],
    draw: (values, x) => {
      const [rows, columns] = [x.length, x[0]!.length];
      const outputs = x.slice(2).map((_, r) =>
        x[0]!.slice(2).map((_, c) => {
          let total = 0;
          for (let i = 0; i < 9; i++) total += x[r + Math.floor(i / 3)]![c + (i % 3)]! * values[`cell${i}`]!;
          return total;
        }),
      );
      const told = outputs.map((row) => row.map((value) => Number(value.toFixed(2))).join(' ')).join(' / ');
      const start = columns * 32 + 56;
      const [width, height] = [start + (columns - 2) * 56 + 2, rows * 32 + 2];
      return (
        `<svg viewBox="-1 -1 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Under this kernel comes out: ${told}">` +
        `${numberTiles(x, 0, 0, 32)}<text x="${start - 28}" y="${rows * 16}" dy=".35em" text-anchor="middle">→</text>` +
        `${numberTiles(outputs, start, 32, 56)}</svg>`
      );
    },
  };
}

/**
 * A square grey picture under a 3×3 kernel of the reader's, drawn as a bitmap. Answers of kernels whose numbers add up
 * to zero are shown around a middle grey.
 */
export function kernelOnPicture(picture: Matrix, kernel: Matrix): Interactive<Matrix> {
  return {
    inputs: kernelFields(kernel),
    columns: 3,
    given: picture,
    uses: [bitmapInBase64],
    draw: (values, x) => {
      const side = x.length;
      const weights = Array.from({ length: 9 }, (_, i) => values[`cell${i}`]!);
      const total = weights.reduce((a, b) => a + b);
      const strongest = weights.filter((weight) => weight > 0).reduce((a, b) => a + b, 0);
      const isEdge = Math.abs(total) < 1e-9 && strongest > 0;
      const within = (index: number) => Math.min(side - 1, Math.max(0, index));
      const answers = x.map((row, r) =>
        row.map((_, c) => {
          let answer = 0;
          for (let i = 0; i < 9; i++) {
            if (weights[i] === 0) continue;
            answer += weights[i]! * x[within(r + Math.floor(i / 3) - 1)]![within(c + (i % 3) - 1)]!;
          }
          return isEdge ? 128 + (4 / strongest) * answer : answer;
        }),
      );
      const told = isEdge
        ? 'The numbers add up to 0: zero is drawn as middle grey.'
        : `The numbers add up to ${Number(total.toFixed(3))}: flat areas are multiplied by that.`;
      return `<img src="data:image/bmp;base64,${bitmapInBase64(answers)}" width="${2 * side}" height="${2 * side}" alt="The picture under this kernel"><p>${told}</p>`;
    },
  };
}
