import { describe, expect, test } from 'vitest';
import { changesOf } from '../evaluation/changes.js';
import { wilsonInterval } from '../evaluation/intervals.js';
import { classChangesTable } from './change-text.js';
import { junitXml } from './junit.js';
import { verdictsOf } from './verdicts.js';

function metrics(right: number, n: number) {
  const { low, high } = wilsonInterval(right, n);
  return { accuracy: right / n, ci95: [low, high] as const, n };
}

/** 60 pictures a class, of which `lost` were right before and are not now. */
function against(lost: Readonly<Record<string, number>>) {
  const pairs = Object.entries(lost).flatMap(([label, count]) =>
    Array.from({ length: 60 }, (_, i) => ({ label, now: i >= count, before: true })),
  );
  return { source: 'runs/old', ...changesOf(pairs) };
}

describe('an accuracy', () => {
  // 143 of 153: 0.9346, interval 0.884 to 0.964
  test.each([
    [
      'figure',
      0.93,
      true,
      /^accuracy 0\.9346, expected at least 0\.93 \(143 of 153 pictures right, 95 % interval 88\.4 to 96\.4 %\)$/,
    ],
    [
      'figure',
      0.95,
      false,
      /is below the expected 0\.95 \(.*\): the interval holds 0\.95, so the shortfall may be chance$/,
    ],
    ['figure', 0.97, false, /a shortfall that is more than chance$/],
    ['high', 0.95, true, /expected at least 0\.95/],
    ['high', 0.97, false, /a shortfall that is more than chance$/],
    ['low', 0.93, false, /is not surely 0\.93 \(.*\): the interval begins below 0\.93/],
    ['low', 0.88, true, /expected at least 0\.88/],
  ] as const)('by its %s against %d', (judge, atLeast, passed, message) => {
    const [verdict, ...more] = verdictsOf({ metrics: metrics(143, 153) }, { atLeast, judge });
    expect(more).toEqual([]);
    expect(verdict).toMatchObject({ passed });
    expect(verdict!.message).toMatch(message);
  });

  test('of which nothing is expected passes, with its figure', () => {
    expect(verdictsOf({ metrics: metrics(9, 10) }, {})).toEqual([
      {
        name: 'accuracy',
        passed: true,
        message: 'accuracy 0.9000 (9 of 10 pictures right, 95 % interval 59.6 to 98.2 %)',
      },
    ]);
  });
});

describe('against another', () => {
  const failed = (lost: Readonly<Record<string, number>>) =>
    verdictsOf({ metrics: metrics(110, 120), against: against(lost) }, {})
      .filter(({ passed }) => !passed)
      .map(({ name }) => name);

  test('a drop that may be chance passes', () => {
    expect(failed({ cats: 3, dogs: 2 })).toEqual([]);
    const { message } = verdictsOf(
      { metrics: metrics(115, 120), against: against({ cats: 3, dogs: 2 }) },
      {},
    )[1]!;
    expect(message).toBe(
      'accuracy against runs/old: 100.0 % before, 95.8 % now on the same 120 pictures: −4.2 points (95 % interval −8.0 to −0.2; McNemar p = 0.063), which may be chance',
    );
  });

  test('a drop that is more than chance fails, as a whole and in the class that it is in', () => {
    expect(failed({ cats: 10, dogs: 0 })).toEqual([
      'no drop against runs/old',
      "no drop of 'cats' against runs/old",
    ]);
    expect(failed({ cats: 4, dogs: 4 })).toEqual(['no drop against runs/old']);
  });

  test('the table has the classes that have changed, the clearest first', () => {
    const lines = classChangesTable(against({ cats: 1, dogs: 9, birds: 0 })).split('\n');
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['class', 'dogs', 'cats']);
    expect(lines[1]).toMatch(/100\.0 % +85\.0 % +0\.0039 +a drop, more than chance$/);
    expect(classChangesTable(against({ cats: 0 }))).toBe('');
  });
});

test('JUnit XML counts and escapes', () => {
  const verdicts = [
    { name: 'a "1" < 2', passed: false, message: 'x & y\u0001' },
    { name: 'b', passed: true, message: 'fine' },
  ];
  expect(junitXml('runs/<pets>', verdicts)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="2" failures="1" errors="0" skipped="0">
  <testsuite name="runs/&lt;pets&gt;" tests="2" failures="1" errors="0" skipped="0">
    <testcase classname="runs/&lt;pets&gt;" name="a &quot;1&quot; &lt; 2">
      <failure type="accuracy" message="x &amp; y\uFFFD">x &amp; y\uFFFD</failure>
    </testcase>
    <testcase classname="runs/&lt;pets&gt;" name="b">
      <system-out>fine</system-out>
    </testcase>
  </testsuite>
</testsuites>
`);
});
