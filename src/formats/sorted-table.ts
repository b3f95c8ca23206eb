import { FormatError, textOf } from './bytes.js';
import { maskedCrc32c } from './checksum.js';
import { Cursor } from './cursor.js';

/** The last 8 bytes of every such table. */
export const tableMagic = 0xdb4775248b80fb57n;

const footerLength = 48;

/**
 * The entries of a table as LevelDB writes it and TensorFlow uses it for the index of a checkpoint: blocks of sorted
 * keys, and a last block with the place of each.
 * Layout: github.com/google/leveldb, doc/table_format.md.
 */
export function* tableEntries(file: Uint8Array): Generator<[key: string, value: Uint8Array], void> {
  if (file.length < footerLength) throw new FormatError('it is too short for a table');
  const footer = new Cursor(file, file.length - footerLength);
  readHandle(footer);
  const index = readHandle(footer);
  if (BigInt.asUintN(64, new Cursor(file, file.length - 8).int64()) !== tableMagic) {
    throw new FormatError('it does not end as a table does');
  }
  // Blocks lie one behind another: each once and in order, so that a small file cannot be read for ever.
  let end = 0;
  for (const [, handle] of blockEntries(blockAt(file, index))) {
    const place = readHandle(new Cursor(handle));
    if (place.offset < end) throw new FormatError('blocks of its table overlap');
    end = place.offset + place.length;
    yield* blockEntries(blockAt(file, place));
  }
}

function readHandle(cursor: Cursor): { offset: number; length: number } {
  return { offset: cursor.varintLength(), length: cursor.varintLength() };
}

/** A block's content; after it come a byte for its compression and a checksum of both. */
function blockAt(file: Uint8Array, { offset, length }: { offset: number; length: number }): Uint8Array {
  if (offset > file.length) throw new FormatError('its table points beyond its end');
  const cursor = new Cursor(file, offset);
  const content = cursor.take(length);
  const compression = cursor.take(1);
  if (cursor.uint32() !== maskedCrc32c(content, compression)) {
    throw new FormatError('a block of its table does not match its checksum');
  }
  if (compression[0] !== 0) {
    throw new FormatError('its table is compressed, which TensorFlow reads but does not write');
  }
  return content;
}

/** Each key states how many bytes it shares with the one before it; after the entries comes a list of restarts. */
function* blockEntries(block: Uint8Array): Generator<[key: string, value: Uint8Array], void> {
  if (block.length < 4) throw new FormatError('a block of its table is too short');
  const restarts = new Cursor(block, block.length - 4).uint32();
  const length = block.length - 4 - 4 * restarts;
  if (length < 0) throw new FormatError('a block of its table is too short');
  const cursor = new Cursor(block.subarray(0, length));
  let key: Uint8Array = new Uint8Array();
  while (cursor.left > 0) {
    const shared = cursor.varintLength();
    const added = cursor.varintLength();
    const valueLength = cursor.varintLength();
    if (shared > key.length) throw new FormatError('a key of its table starts with more than there is');
    key = Buffer.concat([key.subarray(0, shared), cursor.take(added)]);
    yield [textOf(key), cursor.take(valueLength)];
  }
}
