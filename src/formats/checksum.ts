const polynomial = 0x82f63b78;

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
  return value;
});

/**
 * The checksum beside everything in TensorFlow's files: CRC-32C (Castagnoli), turned and shifted so that a checksum
 * of data with a checksum in it keeps its strength (tensorflow/core/lib/hash/crc32c.h, "Mask").
 */
export function maskedCrc32c(...pieces: readonly Uint8Array[]): number {
  let crc = 0xffffffff;
  for (const piece of pieces) {
    for (let i = 0; i < piece.length; i++) crc = table[(crc ^ piece[i]!) & 0xff]! ^ (crc >>> 8);
  }
  const value = ~crc >>> 0;
  return (((value >>> 15) | (value << 17)) + 0xa282ead8) >>> 0;
}
