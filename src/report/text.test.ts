import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csv, parseCsv } from '../formats/csv.js';
import { displayWidth, shortened } from './display-width.js';
import { textTable } from './table.js';
import { duration, percent, pValue, unbroken } from './text.js';

describe('numbers for people', () => {
  test.each([
    [0.967, '96.7 %'],
    [1, '100.0 %'],
    [0.99996, '> 99.9 %'],
    [0, '0.0 %'],
    [0.0001, '< 0.1 %'],
  ])('%d is %s', (share, text) => {
    expect(percent(share)).toBe(text);
  });

  test.each([
    [9.94, '9.9 s'],
    [59.4, '59 s'],
    [59.6, '1 min 00 s'],
    [3599.6, '1 h 00 min'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  test('small probabilities', () => {
    expect(pValue(0.0312)).toBe('p = 0.031');
    expect(pValue(1e-9)).toBe('p < 0.0001');
  });

  test('no line breaks between a number and its unit', () => {
    expect(unbroken('gets > 99.9 % in 4.0 s')).toBe('gets >\u00A099.9\u00A0% in 4.0\u00A0s');
    expect(unbroken('2 pictures')).toBe('2 pictures');
  });
});

describe('display width', () => {
  test.each([
    ['cat', 3],
    ['猫', 2],
    ['한국어', 6],
    ['e\u0301te\u0301', 3],
    ['👩‍👩‍👧', 2],
    ['❤️', 2],
    ['\u200B', 0],
    ['Ａ', 2],
  ])('%s takes %d columns', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });

  test('shortening keeps letters whole and fits', () => {
    expect(shortened('猫と犬', 4)).toBe('猫…');
    expect(shortened('cat', 3)).toBe('cat');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 20 }), (text, most) => {
        expect(displayWidth(shortened(text, most))).toBeLessThanOrEqual(most);
      }),
    );
  });
});

describe('table', () => {
  test('columns line up, wide letters and all', () => {
    const lines = textTable(
      [
        ['', 'accuracy'],
        ['猫', '96.7 %'],
        ['dogs', '9.0 %'],
      ],
      [1],
    ).split('\n');
    expect(lines).toEqual(['      accuracy', '猫      96.7 %', 'dogs     9.0 %']);
  });

  test('a long name gives way so that lines fit in 80 columns', () => {
    const lines = textTable([
      ['name'.repeat(40), '1'],
      ['b', '2'],
    ]).split('\n');
    expect(lines[0]).toHaveLength(80);
    expect(lines[0]).toMatch(/…\s\s1$/);
  });

  test('a name cannot steer the terminal', () => {
    expect(textTable([['\u001B[2Jcat', '1']])).toBe('\uFFFD[2Jcat  1');
  });
});

describe('comma-separated values', () => {
  test('quotes what needs quotes', () => {
    expect(csv([['a', 'b,c', 'say "x"', 'two\nlines', undefined, 1]])).toBe(
      'a,"b,c","say ""x""","two\nlines",,1\n',
    );
  });

  test('what is written is read back', () => {
    const field = fc.oneof(fc.string(), fc.constantFrom('', ',', '"', '\r\n', '\n', ' a ', 'é'));
    const rows = fc.array(fc.array(field, { minLength: 1, maxLength: 5 }), { maxLength: 5 });
    fc.assert(
      fc.property(rows, (table) => {
        expect(parseCsv(csv(table))).toEqual(table);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['a,b\r\nc,d', [['a', 'b'], ['c', 'd']]], // prettier-ignore
    ['\uFEFFa,\n', [['a', '']]],
    [',', [['', '']]],
    ['', []],
    ['"a"\rb', [['a'], ['b']]],
  ])('reads %j', (text, rows) => {
    expect(parseCsv(text)).toEqual(rows);
  });

  test.each(['a\n"b', 'a\n"b"c', 'a\n"b""'])('says where quotes do not match in %j', (text) => {
    expect(() => parseCsv(text)).toThrow('the quotes in line 2 do not match');
  });

  test('a field of a million letters', () => {
    const row = ['"'.repeat(1_000_000), 'x'];
    expect(parseCsv(csv([row]))).toEqual([row]);
  });
});
