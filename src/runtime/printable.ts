/** Control characters, C0 and C1: on a terminal they move the cursor, change colours, or worse. */
export const controlCharacters = /\p{Cc}/u;

/** Text as a terminal may get it: control characters but line ends are written out, `\x1b`, byte by byte. */
export function printable(text: string): string {
  if (!controlCharacters.test(text)) return text;
  return text.replace(/[^\P{Cc}\n]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(''),
  );
}
