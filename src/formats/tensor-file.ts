import fs from 'node:fs';
import { UserError } from '../runtime/errors.js';
import { type NamedTensor, sizeOf, type Weights } from './tensors.js';

/**
 * Our own tensors on disk, in the safetensors format (length of a JSON header as uint64, the header, the values as
 * float32 little-endian), so that other tools read them too.
 */
export function tensorBytes(tensors: Weights, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  let end = 0;
  const entries = [...tensors].map(([name, { shape, data }]) => {
    const start = end;
    end += data.byteLength;
    return [name, { dtype: 'F32', shape, data_offsets: [start, end] }] as const;
  });
  const text = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  const header = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const bytes = Buffer.alloc(8 + header.length + end);
  bytes.writeBigUInt64LE(BigInt(header.length));
  header.copy(bytes, 8);
  let at = 8 + header.length;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/** Reads a file written by `tensorBytes`; throws a UserError when it is damaged. */
export function readTensors(file: string): { tensors: Weights; metadata: Readonly<Record<string, string>> } {
  const bytes = fs.readFileSync(file);
  try {
    const headerLength = Number(bytes.readBigUInt64LE(0));
    const { __metadata__: metadata = {}, ...entries } = JSON.parse(
      bytes.toString('utf8', 8, 8 + headerLength),
    ) as Record<string, { shape: number[]; data_offsets: [number, number] }> & {
      __metadata__?: Record<string, string>;
    };
    const values = bytes.subarray(8 + headerLength);
    const tensors = new Map(
      Object.entries(entries).map(
        ([
          name,
          {
            shape,
            data_offsets: [start, end],
          },
        ]): [string, NamedTensor] => {
          if (end - start !== 4 * sizeOf(shape) || end > values.length)
            throw new Error(`'${name}' is cut short`);
          return [
            name,
            { shape, data: new Float32Array(Uint8Array.from(values.subarray(start, end)).buffer) },
          ];
        },
      ),
    );
    return { tensors, metadata: metadata as Record<string, string> };
  } catch (error) {
    throw new UserError(
      `Expected a file of saved tensors but '${file}' is damaged (${(error as Error).message}).`,
    );
  }
}
