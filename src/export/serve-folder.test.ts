import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { serveFolder } from './serve-folder.js';

const { scratch } = scratchFolders();
const told: unknown[] = [];
let server: Awaited<ReturnType<typeof serveFolder>>;
beforeAll(async () => {
  const folder = scratch();
  fs.writeFileSync(path.join(folder, 'page.html'), 'page');
  server = await serveFolder(folder, (text) => told.push(JSON.parse(text)));
});
afterAll(() => server.close());

/** `fetch` would mend the path first. */
const status = (asked: string) =>
  new Promise<number>((resolve, reject) => {
    const { port } = new URL(server.url);
    http
      .get({ host: '127.0.0.1', port, path: asked }, (response) => {
        response.resume();
        resolve(response.statusCode!);
      })
      .on('error', reject);
  });

test.each([
  ['/page.html', 200],
  ['/%', 400],
  ['//', 400],
  ['/%00', 400],
  ['/..%2fpage.html', 404],
  ['/', 404],
])('%s is answered with %i', async (asked, expected) => {
  expect(await status(asked)).toBe(expected);
});

test('what is told and makes no sense is refused, and does no harm', async () => {
  const tell = (body: string) => fetch(`${server.url}told`, { method: 'POST', body });
  expect((await tell('no JSON')).status).toBe(400);
  expect((await tell('[1]')).status).toBe(200);
  expect(told).toEqual([[1]]);
});
