/** With programs that stand in for a browser, and start others that outlive them. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { askBrowser } from './ask-browser.js';

const { scratch } = scratchFolders();
const right = { backend: 'wasm', outcome: 'right', message: 'as it should be' };

/** Its stderr stays open in another process for half a minute. */
function browser(then: string): string {
  const file = path.join(scratch(), 'browser.mjs');
  const start = `import { spawn } from 'node:child_process';
spawn('sleep', ['30'], { stdio: ['ignore', 'ignore', 'inherit'], detached: true }).unref();
const told = new URL('told', process.argv.at(-1));
const tell = (body) => fetch(told, { method: 'POST', body });
`;
  fs.writeFileSync(file, `#!${process.execPath}\n${start}${then}\n`, { mode: 0o755 });
  return file;
}

test('nobody waits for what a browser has started', { timeout: 10_000 }, async () => {
  const chromium = browser(`await tell('nonsense');
await tell(${JSON.stringify(JSON.stringify([right]))});
setInterval(() => undefined, 1000);`);
  expect(await askBrowser(scratch(), chromium)).toEqual([right]);
});

test('a browser that ends without an answer is quoted', { timeout: 10_000 }, async () => {
  const chromium = browser("console.error('no display');");
  await expect(askBrowser(scratch(), chromium)).rejects.toThrow(/to open verify.html but: no display\./);
});
