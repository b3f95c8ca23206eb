/** The part of an addon that hands values to TensorFlow. */
interface TensorMaker {
  createTensor(shape: number[], dtype: number, values: ArrayBufferView | ArrayLike<number> | number): number;
}

/**
 * An addon that lends TensorFlow the memory of JavaScript's arrays, made to lend none: for the one that comes with
 * @tensorflow/tfjs-node-gpu. (Ours is compiled so that it copies, see native/own-memory.h.) A tensor that lives on in a
 * session is let go of on TensorFlow's threads, where such a loan may not be given back: the process crashes, now or
 * later.
 *
 * TensorFlow copies whatever does not begin at a multiple of 64 bytes, and gives the loan back at once. So every array
 * is handed over 8 bytes after an allocation's start, which is a multiple of 16.
 */
export function lendingNothing<Addon extends TensorMaker>(addon: Addon): Addon {
  const createTensor: TensorMaker['createTensor'] = (shape, dtype, values) =>
    addon.createTensor(shape, dtype, ArrayBuffer.isView(values) ? unaligned(values) : values);
  return Object.create(addon, { createTensor: { value: createTensor, enumerable: true } }) as Addon;
}

/** The arrays that the addon takes; what else comes is left for it to refuse. */
const kinds = [Float32Array, Int32Array, Uint8Array];

function unaligned(values: ArrayBufferView): ArrayBufferView {
  const Kind = kinds.find((kind) => values instanceof kind);
  if (!Kind) return values;
  const { buffer, byteOffset, byteLength } = values;
  const copy = new Uint8Array(new ArrayBuffer(8 + byteLength), 8);
  copy.set(new Uint8Array(buffer, byteOffset, byteLength));
  return new Kind(copy.buffer, 8, byteLength / Kind.BYTES_PER_ELEMENT);
}
