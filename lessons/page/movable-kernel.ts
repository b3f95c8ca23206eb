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

/** A small input under a 3×3 kernel whose numbers the reader changes, the outputs as numbers. */
export function movableKernel(input: Matrix, kernel: Matrix): Interactive<Matrix> {
  return {
    inputs: kernelFields(kernel),
    columns: 3,
    given: input,
    draw: (values, x) => {
      const [rows, columns] = [x.length - 2, x[0]!.length - 2];
      const cells: string[] = [];
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < columns; c++) {
          let total = 0;
          for (let i = 0; i < 9; i++) total += x[r + Math.floor(i / 3)]![c + (i % 3)]! * values[`cell${i}`]!;
          const text = String(Number(total.toFixed(3))).replace('-', '−');
          cells.push(
            `<rect class="pixel" x="${c * 64}" y="${r * 36}" width="64" height="36"/>` +
              `<text x="${c * 64 + 32}" y="${r * 36 + 18}" dy=".35em" text-anchor="middle">${text}</text>`,
          );
        }
      }
      const [width, height] = [columns * 64 + 2, rows * 36 + 2];
      return `<svg viewBox="-1 -1 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="What comes out under this kernel">${cells.join('')}</svg>`;
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
