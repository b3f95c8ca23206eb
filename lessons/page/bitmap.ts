/**
 * Grey values 0 to 255 as a bitmap in base64. Pages carry this function for their readers' browsers, so it uses
 * nothing but its argument.
 */
export function bitmapInBase64(rows: readonly (readonly number[])[]): string {
  const [height, width] = [rows.length, rows[0]!.length];
  // A bitmap of 24 bits: a head of 54 bytes, then the rows from the lowest up, each a multiple of four bytes.
  const rowBytes = Math.ceil((3 * width) / 4) * 4;
  const bytes = new Uint8Array(54 + rowBytes * height);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, 54, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 24, true);
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) {
      const start = 54 + (height - 1 - r) * rowBytes + 3 * c;
      bytes.fill(Math.min(255, Math.max(0, Math.round(rows[r]![c]!))), start, start + 3);
    }
  }
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(text);
}
