import type { Matrix } from '../../src/arithmetic/index.js';
import { bitmapInBase64 } from './bitmap.js';
import type { Interactive } from './interactive.js';

interface ShiftedDigit {
  /** 0 to 255. */
  readonly digit: Matrix;
  readonly kernel: Matrix;
  /** For each shift, first down, then across, from −reach to reach: the ten digits' probabilities in per cent. */
  readonly answers: readonly (readonly (readonly number[])[])[];
  readonly reach: number;
}

/** A digit that the reader shifts, what one filter answers to it, and what the whole network says. */
export function movableDigit(given: ShiftedDigit): Interactive<ShiftedDigit> {
  const { reach } = given;
  return {
    inputs: {
      across: { label: 'pixels to the right', value: 0, from: -reach, to: reach },
      down: { label: 'pixels down', value: 0, from: -reach, to: reach },
    },
    given,
    uses: [bitmapInBase64],
    draw: ({ across, down }, { digit, kernel, answers, reach: most }) => {
      const side = digit.length;
      const at = (row: number, column: number) => digit[row - down!]?.[column - across!] ?? 0;
      const picture = digit.map((row, r) => row.map((_, c) => at(r, c)));
      const window = kernel.length;
      const map = Array.from({ length: side - window + 1 }, (_, r) =>
        Array.from({ length: side - window + 1 }, (_, c) => {
          let sum = 0;
          for (let i = 0; i < window; i++) {
            for (let j = 0; j < window; j++) sum += kernel[i]![j]! * at(r + i, c + j);
          }
          return 128 + sum / 4;
        }),
      );
      const own = answers[down! + most]![across! + most]!;
      const best = own.indexOf(Math.max(...own));
      const bars = own
        .map(
          (share, i) =>
            `<text x="0" y="${i * 17 + 13}">${i}</text><rect class="${i === best ? 'window' : 'over'}" x="16" y="${i * 17 + 2}" width="${(1.6 * share).toFixed(1)}" height="12"/><text x="${(22 + 1.6 * share).toFixed(1)}" y="${i * 17 + 13}">${share < 1 ? '' : `${Math.round(share)} %`}</text>`,
        )
        .join('');
      return (
        `<div class="pictures"><div class="picture"><img src="data:image/bmp;base64,${bitmapInBase64(picture)}" width="160" height="160" alt="The digit, ${across} to the right and ${down} down"><span class="name">the digit</span></div>` +
        `<div class="picture"><img src="data:image/bmp;base64,${bitmapInBase64(map)}" width="160" height="160" alt="The map of one filter, moved as the digit is"><span class="name">one filter’s map moves along</span></div>` +
        `<svg viewBox="0 0 230 172" width="230" height="172" role="img" aria-label="The network reads ${best}">${bars}</svg></div>` +
        `<p>The network reads ${best}, with ${Math.round(own[best]!)} per cent.</p>`
      );
    },
  };
}
