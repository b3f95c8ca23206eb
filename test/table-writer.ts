import { maskedCrc32c } from '../src/formats/checksum.js';
import { tableMagic } from '../src/formats/sorted-table.js';
import { message, varint } from './protobuf-writer.js';

/** Writes LevelDB's tables, as TensorFlow keeps checkpoints in, for tests of what reads them. */

/** A table of these entries, which are in order of their keys. */
export function table(entries: readonly (readonly [key: string, value: Uint8Array])[]): Uint8Array {
  const written = entries.map(([key, value]) => {
    const bytes = Buffer.from(key);
    return message(varint(0), varint(bytes.length), varint(value.length), bytes, value);
  });
  return tableOf(message(...written, restarts));
}

const restarts = Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0);

/** A table of one block, with the checksums that belong to it. */
export function tableOf(block: Uint8Array): Uint8Array {
  const closed = (content: Uint8Array) => {
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32LE(maskedCrc32c(content, Uint8Array.of(0)));
    return message(content, Uint8Array.of(0), checksum);
  };
  const handle = message(varint(0), varint(block.length));
  const index = message(varint(0), varint(1), varint(handle.length), Buffer.from('z'), handle, restarts);
  const handles = message(varint(0), varint(0), varint(block.length + 5), varint(index.length));
  const magic = Buffer.alloc(8);
  magic.writeBigUInt64LE(tableMagic);
  return message(closed(block), closed(index), handles, new Uint8Array(40 - handles.length), magic);
}
