/** A round number not below `value`, and the step to divide it by: 1, 2 or 5 times a power of ten, at most five steps. */
export function axisUpTo(value: number): { readonly top: number; readonly step: number } {
  const rough = Math.max(value, 1e-6) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((factor) => factor * power >= rough * 0.9999) ?? 10) * power;
  return { top: step * Math.ceil((value / step) * 0.9999 || 1), step };
}

/** 0, `step`, 2 `step` … up to `top`. */
export function ticks({ top, step }: { readonly top: number; readonly step: number }): number[] {
  return Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step);
}
