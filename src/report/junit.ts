import { markup } from './markup.js';
import type { Verdict } from './verdicts.js';

/** Verdicts as JUnit's XML, which CI servers show: a test case each. */
export function junitXml(suite: string, verdicts: readonly Verdict[]): string {
  const counts = markup`tests="${verdicts.length}" failures="${verdicts.filter(({ passed }) => !passed).length}" errors="0" skipped="0"`;
  const cases = verdicts.map(({ name, passed, message }) =>
    passed
      ? markup`
    <testcase classname="${suite}" name="${name}">
      <system-out>${message}</system-out>
    </testcase>`
      : markup`
    <testcase classname="${suite}" name="${name}">
      <failure type="accuracy" message="${message}">${message}</failure>
    </testcase>`,
  );
  const xml = markup`<testsuites ${counts}>
  <testsuite name="${suite}" ${counts}>${cases}
  </testsuite>
</testsuites>
`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${xml.markup}`;
}
