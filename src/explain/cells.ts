/** Which of rows × columns equal cells the i-th place of a map is in, both counted row by row. */
export function cellOf(
  place: number,
  { height, width, rows, columns }: { height: number; width: number; rows: number; columns: number },
): number {
  const [y, x] = [Math.floor(place / width), place % width];
  return Math.floor((y * rows) / height) * columns + Math.floor((x * columns) / width);
}
