import { describe, expect, test } from 'vitest';
import { type ZipFile, zip } from '../../test/zip-writer.js';
import { bytesInMemory, FormatError } from './bytes.js';
import { openZip } from './zip.js';

const open = (bytes: Uint8Array) => openZip(bytesInMemory('test', bytes));
const letters = new TextEncoder().encode('weights '.repeat(20));
const files: ZipFile[] = [
  { name: 'stored', content: letters },
  { name: 'deflated', content: letters, deflated: true },
  { name: 'empty', content: new Uint8Array() },
];

test.each([
  ['a zip archive', false],
  ['a zip64 archive', true],
])('%s: entries unpack to what was packed', async (_, zip64) => {
  const entries = await open(zip(files, {}, zip64));
  expect([...entries.keys()]).toEqual(['stored', 'deflated', 'empty']);
  for (const { name, content } of files) {
    expect(Buffer.from(await entries.get(name)!.read())).toEqual(Buffer.from(content));
  }
});

test('a comment after the directory does no harm', async () => {
  const bytes = Buffer.concat([zip(files), Buffer.from('made by nobody')]);
  expect((await open(bytes)).size).toBe(3);
});

describe('refuses', () => {
  const bomb = { name: 'zeros', content: new Uint8Array(1e6), deflated: true };
  test.each([
    ['an empty file', Buffer.alloc(0), 'no zip directory'],
    ['half a file', zip(files).subarray(0, 200), 'no zip directory'],
    ['more entries than there are', zip(files, { entries: 4 }), 'directory is damaged'],
    ['a directory of 65,000 entries', zip(files, { entries: 65_000 }), 'directory is damaged'],
    ['encryption', zip(files, { flags: 1 }), 'encrypted'],
    ['an unknown method', zip(files, { method: 14 }), 'method 14'],
    ['a stored entry of two lengths', zip(files, { size: 7 }), 'two lengths'],
    ['entries that overlap', zip(files, { localStart: 200 }), 'overlaps'],
    ['entries of one name', zip([files[0]!, files[0]!]), 'one name'],
    ['a bomb that says what it is', zip([bomb], { size: 2 ** 31 }), 'would unpack to 2147483648 bytes'],
    ['a start beyond the end', zip(files, { localStart: 2 ** 31 }), 'into its directory'],
  ])('%s', async (_, bytes, reason) => {
    await expect(open(bytes)).rejects.toThrow(FormatError);
    await expect(open(bytes)).rejects.toThrow(reason);
  });

  test.each([
    ['a bomb that says it is small', zip([bomb], { size: 1000 }), 'does not unpack to 1000'],
    ['a wrong checksum', zip(files, { checksum: 1 }), 'checksum'],
    ['a damaged stream', zip([{ ...bomb, deflated: false }], { method: 8 }), 'does not unpack'],
  ])('%s, on unpacking', async (_, bytes, reason) => {
    const [entry] = (await open(bytes)).values();
    await expect(entry!.read()).rejects.toThrow(reason);
  });
});
