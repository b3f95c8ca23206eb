import type { Interactive } from './interactive.js';

/** What a network's convolutions cost for a picture of 224×224. */
interface CostAt224 {
  readonly values: number;
  readonly multiplyAdds: number;
  readonly parameters: number;
}

/** Costs of convolutions over the side of the picture: maps grow with its square, kernels not at all. */
export function movablePicture(cost: CostAt224): Interactive<CostAt224> {
  return {
    inputs: { side: { label: 'side in units of 32 pixels', value: 7, from: 1, to: 16 } },
    given: cost,
    draw: ({ side }, { values, multiplyAdds, parameters }) => {
      const pixels = 32 * side!;
      const factor = (pixels / 224) ** 2;
      const rows = [
        ['values in maps', values * factor, 'M'],
        ['multiply-adds', multiplyAdds * factor, 'M'],
        ['parameters', parameters, 'M'],
      ] as const;
      const largest = [values, multiplyAdds, parameters];
      const bars = rows.map(([name, amount, unit], i) => {
        // A bar's whole width stands for 512 pixels: 5.2 times the cost at 224.
        const width = Math.min(540, (540 * amount) / (largest[i]! * 5.23));
        const text = `${(amount / 1e6).toLocaleString('en-GB', { maximumFractionDigits: amount < 1e8 ? 1 : 0 })} ${unit}`;
        return (
          `<text x="0" y="${i * 56 + 16}">${name}: ${text}</text>` +
          `<rect class="window" x="0" y="${i * 56 + 24}" width="${width.toFixed(1)}" height="16"/>`
        );
      });
      return `<svg class="flow" viewBox="0 0 540 160" role="img" aria-label="Costs for a picture of ${pixels} pixels">${bars.join('')}</svg><p>${pixels}×${pixels} pixels: ${Number(factor.toPrecision(3))} times the maps and multiply-adds of 224×224, the same parameters.</p>`;
    },
  };
}
