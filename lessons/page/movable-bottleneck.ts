import type { Interactive } from './interactive.js';

/** The 5×5 branch of module 3a, 28×28×192 to 32 filters: directly, and through a bottleneck of the reader's width. */
export const movableBottleneck: Interactive<null> = {
  inputs: { width: { label: 'channels of the bottleneck', value: 16, from: 1, to: 200 } },
  given: null,
  draw: ({ width }) => {
    const places = 28 * 28;
    const direct = places * 25 * 192 * 32;
    const first = places * 192 * width!;
    const second = places * 25 * width! * 32;
    const scale = 540 / (direct * 1.3);
    const millions = (value: number) => (value / 1e6).toFixed(1);
    const bar = (kind: string, y: number, from: number, to: number) =>
      `<rect class="${kind}" x="${(from * scale).toFixed(1)}" y="${y}" width="${((to - from) * scale).toFixed(1)}" height="18"/>`;
    const factor = direct / (first + second);
    const told =
      factor >= 1
        ? `The bottleneck makes it ${factor.toFixed(1)} times cheaper.`
        : `The bottleneck makes it ${(1 / factor).toFixed(2)} times dearer.`;
    return (
      `<svg class="flow" viewBox="0 0 540 120" role="img" aria-label="Multiply-adds through a bottleneck of ${width} channels">` +
      `<text x="0" y="16">directly: ${millions(direct)} million</text>${bar('window', 24, 0, direct)}` +
      `<text x="0" y="76">1×1: ${millions(first)} + 5×5: ${millions(second)} million</text>${bar('over', 84, 0, first)}${bar('window', 84, first, first + second)}</svg>` +
      `<p>${told}</p>`
    );
  },
};
