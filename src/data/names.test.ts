import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeName, nameText, pathToOpen } from './names.js';

const latin1 = (text: string) => Buffer.from(text, 'latin1');

test('a name gives its bytes back, whatever they are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const name = decodeName(Buffer.from(bytes));
      expect(Buffer.from(pathToOpen(name))).toEqual(Buffer.from(bytes));
    }),
  );
});

test('names in UTF-8 are what they are', () => {
  for (const name of ['Käfer', '犬', '🐝', '\uFFFD', 'a\\b']) {
    expect(decodeName(Buffer.from(name))).toBe(name);
    expect(pathToOpen(name)).toBe(name);
    expect(nameText(name)).toBe(name);
  }
});

test.each([
  [latin1('K\xe4fer'), 'K\\xe4fer'],
  [latin1('bl\xfcte.jpg'), 'bl\\xfcte.jpg'],
  [Buffer.from('a\nb'), 'a\\x0ab'],
  [Buffer.from('a\tb\x1b[31m'), 'a\\x09b\\x1b[31m'],
  [Buffer.from('\u0085'), '\\xc2\\x85'],
  // a name that looks like such a text is another one
  [Buffer.from('K\\xe4fer'), 'K\\x5cxe4fer'],
  [Buffer.from('e\u0301'), 'é'],
])('%j is shown and kept as %s', (bytes, text) => {
  expect(nameText(decodeName(bytes))).toBe(text);
});

test('texts are well-formed, without control characters, and differ where names differ', () => {
  const bytes = fc.uint8Array({ maxLength: 12 });
  fc.assert(
    fc.property(bytes, bytes, (one, other) => {
      const [a, b] = [one, other].map((name) => decodeName(Buffer.from(name)));
      expect(nameText(a!)).not.toMatch(/\p{Cc}|\p{Cs}/u);
      if (a!.normalize() !== b!.normalize()) expect(nameText(a!)).not.toBe(nameText(b!));
    }),
  );
});
