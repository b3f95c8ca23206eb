/**
 * Resizing one side of a picture as a matrix [to, from]: each row makes one new pixel of the old ones. Linear between the
 * centres of pixels; where the side gets smaller a triangle filter as wide as the reduction, so that nothing is skipped;
 * beyond the border nothing counts. What Pillow's BILINEAR does, without its rounding.
 */
export function resizeMatrix(from: number, to: number): Float32Array {
  const matrix = new Float32Array(to * from);
  const step = from / to;
  const reach = Math.max(1, step);
  for (let place = 0; place < to; place++) {
    const centre = (place + 0.5) * step;
    const first = Math.max(0, Math.floor(centre - reach));
    const end = Math.min(from, Math.ceil(centre + reach));
    const weights = Array.from({ length: end - first }, (_, i) =>
      Math.max(0, 1 - Math.abs(first + i + 0.5 - centre) / reach),
    );
    const sum = weights.reduce((a, b) => a + b, 0);
    for (const [i, weight] of weights.entries()) matrix[place * from + first + i] = weight / sum;
  }
  return matrix;
}
