/** Float32 values in 16 bits, rounded to the nearest, ties to even. */

/** bfloat16: the upper half of float32 (8 bits of exponent, 7 of fraction). */
export function toBfloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    const value = bits[i]!;
    // A NaN stays one, whatever its fraction.
    const notANumber = (value & 0x7fffffff) > 0x7f800000;
    out[i] = notANumber ? 0x7fc0 : (value + 0x7fff + ((value >>> 16) & 1)) >>> 16;
  }
  return out;
}

/** IEEE 754 binary16 (5 bits of exponent, 10 of fraction); beyond ±65,504 it is infinite. */
export function toFloat16(values: Float32Array): Uint16Array {
  const out = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) out[i] = halfBits(values[i]!);
  return out;
}

function halfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  // Below 2^-14 steps are 2^-24 wide; above, 2^-10 of the power of two.
  const exponent = Math.max(-14, exponentOf(size));
  const steps = roundToEven(size / 2 ** (exponent - 10));
  return sign | (size < 2 ** -14 ? steps : ((exponent + 15) << 10) + steps - 1024);
}

const scratch = new DataView(new ArrayBuffer(4));

/** The power of two in a normal float32's bits. */
function exponentOf(size: number): number {
  scratch.setFloat32(0, size);
  return (scratch.getUint16(0) >>> 7) - 127;
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
