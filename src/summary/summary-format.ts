/** 138357544 → `138,357,544`. */
export function withCommas(count: number): string {
  return count.toLocaleString('en-GB');
}

/** Three significant digits and a power of a thousand: 15470264320 → `15.5 G`, 62720 → `62.7 k`. */
export function inThousands(count: number): string {
  const units = ['', ' k', ' M', ' G', ' T'];
  const power = count < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(count) / 3));
  const scaled = count / 1000 ** power;
  const text = power === 0 || scaled >= 999.5 ? String(Math.round(scaled)) : scaled.toPrecision(3);
  return text + units[power];
}

/** 553430176 → `527.8 MiB`. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 2 : 1)} ${units[unit]}`;
}

/** [224, 224, 64] → `224×224×64`. */
export function shapeText(shape: readonly number[], times = '×'): string {
  return shape.join(times);
}
