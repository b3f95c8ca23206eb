/** `finetune serve` as a program, on a made-up classifier: what it answers, and what it withstands. */
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { PictureAnswer } from '../src/serve/answer.js';
import { saveClassifier } from '../src/runs/classifier.js';
import { finetune } from './helpers/command-line.js';
import { scratchFolders } from './helpers/scratch.js';
import { formWith, type Serving, servers } from './helpers/serving.js';
import { smallClassifier } from './helpers/small-classifier.js';

const shared = process.env['FINETUNE_SHARED'];
const sample = fileURLToPath(new URL('../data/pets/test', import.meta.url));
const cat = path.join(sample, 'cat/002.jpg');
const bytes = fs.readFileSync(cat);
const jpeg = (body: Uint8Array<ArrayBuffer>) => ({
  method: 'POST',
  headers: { 'content-type': 'image/jpeg' },
  body,
});
const { scratch } = scratchFolders();
const start = servers();
let run: string;
let server: Serving;

beforeAll(async () => {
  run = path.join(scratch(), 'a run');
  fs.mkdirSync(run);
  await saveClassifier(path.join(run, 'model'), smallClassifier());
  server = await start(run, ['--max-megabytes', '2', '--max-megapixels', '20']);
});

/** Whether it still answers as it should. */
async function expectWell(one = server): Promise<void> {
  const { predictions } = await one.json<PictureAnswer>('/api/predict', jpeg(bytes));
  expect(predictions).toHaveLength(4);
}

describe('answers', () => {
  test('one picture: what `predict` says of it', async () => {
    const { stdout } = await finetune(['predict', run, cat, '--csv', '--device', 'cpu']);
    const [head, row] = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(','));
    const { predictions } = await server.json<PictureAnswer>('/api/predict', jpeg(bytes));
    expect(predictions[0]!.label).toBe(row![head!.indexOf('predicted')]);
    for (const { label, probability } of predictions) {
      expect(probability).toBeCloseTo(Number(row![head!.indexOf(label)]), 5);
    }
  });

  test('the map of a class, which adds up, and pictures of it', async () => {
    const query = '/api/predict?explain=true&class=dog&images=true&top=1&nearest=3';
    const answer = await server.json<PictureAnswer>(query, formWith([{ name: 'x.jpg', bytes }]));
    expect(answer.predictions).toHaveLength(1);
    expect(answer.map).toMatchObject({ class: 'dog', method: 'class activation map', height: 8, width: 8 });
    expect(answer.map!.values).toHaveLength(64);
    expect(answer.images!.seen).toMatch(/^data:image\/jpeg;base64,/);
    expect(answer.nearest).toBeUndefined(); // a classifier alone knows nothing of its pictures
  });

  test('many pictures, each with its own answer or error', async () => {
    const files = [
      { name: 'one.jpg', bytes },
      { name: '../../etc/passwd', bytes: Buffer.from('root:x:0:0') },
      { name: 'two.jpg', bytes: fs.readFileSync(path.join(sample, 'dog/003.jpg')) },
    ];
    const { results } = await server.json<{
      results: (PictureAnswer & { name: string; error?: string; statusCode?: number })[];
    }>('/api/predict/many', formWith(files));
    expect(results.map(({ name, statusCode }) => [name, statusCode])).toEqual([
      ['one.jpg', undefined],
      ['passwd', 415],
      ['two.jpg', undefined],
    ]);
    expect(results[0]!.predictions.length).toBe(4);
  });

  test('as many at once as a batch holds, and no more', async () => {
    const many = (count: number) =>
      server.fetch(
        '/api/predict/many',
        formWith(Array.from({ length: count }, () => ({ name: 'a', bytes }))),
      );
    expect((await many(16)).status).toBe(200);
    expect((await many(17)).status).toBe(413);
  });

  test('health, readiness, metrics, the API described', async () => {
    expect(await server.json('/health')).toEqual({ status: 'ok' });
    expect(await server.json('/ready')).toEqual({ status: 'ready' });
    const metrics = await (await server.fetch('/metrics')).text();
    expect(metrics).toMatch(/finetune_batch_pictures_count [1-9]/);
    expect(metrics).toMatch(
      /finetune_request_seconds_count\{route="\/api\/predict",method="POST",status="200"\} /,
    );
    const { paths } = await server.json<{ paths: object }>('/docs/json');
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining([
        '/api/predict',
        '/api/predict/many',
        '/health',
        '/ready',
        '/metrics',
        '/api/retrain',
      ]),
    );
    expect((await server.fetch('/docs')).status).toBe(200);
  });

  test('the page loads nothing from elsewhere', async () => {
    const page = await server.fetch('/');
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'; script-src 'self'/);
    const html = await page.text();
    expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
    for (const [, where] of html.matchAll(/(?:src|href)="(page\/[^"]+)"/g)) {
      expect((await server.fetch(`/${where}`)).status).toBe(200);
    }
    expect((await server.fetch('/page/../../package.json')).status).toBe(404);
    expect((await server.fetch('/page/%2e%2e/app.js')).status).toBeGreaterThanOrEqual(400);
  });
});

describe('refusals, before anything is decoded', () => {
  test.each<[string, number, () => RequestInit]>([
    ['too large a file', 413, () => jpeg(new Uint8Array(3e6))],
    ['too large a file in a form', 413, () => formWith([{ name: 'a', bytes: new Uint8Array(3e6) }])],
    ['no bytes', 400, () => jpeg(new Uint8Array(0))],
    ['an empty file', 400, () => formWith([{ name: 'a', bytes: new Uint8Array(0) }])],
    ['no file', 400, () => formWith([])],
    [
      'two files',
      400,
      () =>
        formWith([
          { name: 'a', bytes },
          { name: 'b', bytes },
        ]),
    ],
    ['a field without end', 413, () => formWith([{ name: 'a', bytes }], { label: 'x'.repeat(1e6) })],
    [
      'more than a batch of files',
      413,
      () => formWith(Array.from({ length: 40 }, () => ({ name: 'a', bytes }))),
    ],
    ['text', 415, () => jpeg(Uint8Array.from(Buffer.from('not a picture, just some text')))],
    ['JSON', 415, () => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })],
    ['a form of another kind', 415, () => ({ method: 'POST', body: new URLSearchParams({ a: 'b' }) })],
    [
      'a drawing',
      415,
      () =>
        jpeg(Uint8Array.from(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'))),
    ],
    ['half a picture', 422, () => jpeg(Uint8Array.from(bytes.subarray(0, bytes.length / 2)))],
  ])('%s: %i', async (_, status, init) => {
    const response = await server.fetch('/api/predict', init());
    expect(response.status).toBe(status);
    const { message } = (await response.json()) as { message: string };
    expect(message).not.toMatch(/\/(tmp|home|work|usr)\b|node_modules|\bat .*:\d+/);
  });

  test.each([
    ['/api/predict?class=cta', 422, /Did you mean 'cat'/],
    ['/api/predict?top=0', 400, /top/],
    ['/api/predict?explain=perhaps', 400, /explain/],
    ['/nothing', 404, /nothing here/],
  ])('%s: %i', async (where, status, message) => {
    const response = await server.fetch(where, jpeg(bytes));
    expect(response.status).toBe(status);
    expect(((await response.json()) as { message: string }).message).toMatch(message);
  });

  test('labels that are paths are no classes, and nothing is written', async () => {
    for (const label of ['../../x', '/etc', 'cat/../../x', '__proto__', '']) {
      const form = formWith([{ name: '../../x.jpg', bytes }], { label });
      expect((await server.fetch('/api/corrections', form)).status).toBe(422);
    }
    expect((await server.fetch('/api/corrections', formWith([{ name: 'x', bytes }]))).status).toBe(400);
    expect(fs.readdirSync(path.dirname(run))).toEqual(['a run']);
  });

  test('other sites, and other names of this machine', async () => {
    const evil = {
      ...jpeg(bytes),
      headers: { 'content-type': 'image/jpeg', origin: 'https://evil.example' },
    };
    expect((await server.fetch('/api/predict', evil)).status).toBe(403);
    const answer = await raw('GET /api/model HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1.1 403/);
  });
});

/** Sends bytes as they are, and gives what came back when the server has ended the connection, or at the latest after `ms`. */
function raw(text: string, ms = 60_000): Promise<string> {
  const { port } = new URL(server.url);
  return new Promise((resolve) => {
    let came = '';
    const socket = net.connect(Number(port), '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => (came += chunk.toString()));
    socket.on('error', () => resolve(came));
    socket.on('close', () => resolve(came));
    setTimeout(() => socket.destroy(), ms).unref();
  });
}

describe('hostile senders', () => {
  const head = (length: string, type = 'image/jpeg') =>
    `POST /api/predict HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`;

  test.each([
    ['more than it sends', head('1000') + 'abc', 300],
    [
      'chunks without end',
      `${head('3').replace('Content-Length: 3', 'Transfer-Encoding: chunked')}300000\r\n${'x'.repeat(0x300000)}\r\n`,
      5000,
    ],
    ['two lengths', head('3').replace('\r\n\r\n', '\r\nContent-Length: 5\r\n\r\n') + 'abcde', 5000],
    ['far too much', head('999999999999') + 'abc', 5000],
    ['a length that is none', head('-5') + 'abc', 5000],
    [
      'a form without end',
      `${head('30', 'multipart/form-data; boundary=x')}--x\r\nContent-Disposition: `,
      300,
    ],
    ['a form without boundary', `${head('3', 'multipart/form-data')}abc`, 5000],
    ['a form that is none', `${head('3', 'multipart/form-data; boundary=x')}abc`, 5000],
    [
      'chunks that are none',
      head('3').replace('Content-Length: 3', 'Transfer-Encoding: chunked') + 'zz',
      5000,
    ],
    ['nothing of HTTP', '\0\x01\x02 hello\r\n\r\n', 5000],
  ])('%s', async (_, text, ms) => {
    const answer = await raw(text, ms);
    if (answer !== '') expect(answer).toMatch(/^HTTP\/1.1 4\d\d/);
    await expectWell();
  });

  test('slow senders are cut off, and meanwhile others are served', async () => {
    const slow = [raw('GET /health HTTP/1.1\r\nHost: local'), raw(`${head('1000')}abc`)];
    await expectWell();
    const [headers, body] = await Promise.all(slow);
    expect(headers).toMatch(/^HTTP\/1.1 408/);
    expect(body).toMatch(/^HTTP\/1.1 408|^$/);
    await expectWell();
  });

  test('a thousand connections', async () => {
    const { port } = new URL(server.url);
    const sockets = await Promise.all(
      Array.from({ length: 1000 }, async () => {
        const socket = net.connect(Number(port), '127.0.0.1');
        socket.on('error', () => undefined);
        await new Promise((resolve) => socket.once('connect', resolve).once('error', resolve));
        return socket;
      }),
    );
    await expectWell();
    for (const socket of sockets) socket.destroy();
    await expectWell();
  });

  test.skipIf(!shared)('every odd picture of the shared folder', async () => {
    const folder = path.join(shared!, 'datasets', 'odd-images');
    const files = fs
      .readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name));
    expect(files.length).toBeGreaterThan(20);
    const seen = new Map<number, number>();
    for (const file of files) {
      const content = Uint8Array.from(fs.readFileSync(file));
      const response = await server.fetch('/api/predict?explain=true&images=true', jpeg(content));
      const text = await response.text();
      expect([file, response.status, text]).toEqual([
        file,
        expect.toBeOneOf([200, 400, 413, 415, 422]),
        text,
      ]);
      expect(text).not.toContain(folder);
      seen.set(response.status, (seen.get(response.status) ?? 0) + 1);
    }
    expect(seen.get(200)).toBeGreaterThan(10);
    await expectWell();
  });
});

describe('the queue', () => {
  test('what has no place is told when to come back, and nothing else goes wrong', async () => {
    const small = await start(run, ['--queue', '2']);
    const responses = await Promise.all(
      Array.from({ length: 1000 }, () => small.fetch('/api/predict?explain=true', jpeg(bytes))),
    );
    const statuses = new Set(responses.map(({ status }) => status));
    expect([...statuses].filter((status) => status !== 200 && status !== 503)).toEqual([]);
    const full = responses.find(({ status }) => status === 503);
    expect(full).toBeDefined();
    expect(Number(full!.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(await full!.json()).toMatchObject({ message: expect.stringMatching(/queue is full/) as string });
    await expectWell(small);
    expect(await (await small.fetch('/metrics')).text()).toMatch(/finetune_queue_full_total [1-9]/);
  });

  test('who has gone keeps no place', async () => {
    const one = await start(run, ['--queue', '1']);
    for (let i = 0; i < 5; i++) {
      const leaving = new AbortController();
      const gone = Array.from({ length: 8 }, () =>
        one.fetch('/api/predict', { ...jpeg(bytes), signal: leaving.signal }).catch(() => undefined),
      );
      await wait(20);
      leaving.abort();
      await Promise.all(gone);
    }
    await expect.poll(() => waiting(one), { timeout: 10_000 }).toBe(0);
    await expectWell(one);
  });

  const waiting = async (one: Serving) =>
    Number(/finetune_waiting_pictures (\d+)/.exec(await (await one.fetch('/metrics')).text())?.[1]);

  test('its process ends: others are told to come back, and it is opened anew', async () => {
    const one = await start(run);
    const children = fs
      .readFileSync(`/proc/${one.pid}/task/${one.pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .map(Number);
    for (const child of children) process.kill(child, 'SIGKILL');
    await expect.poll(async () => (await one.fetch('/ready')).status, { timeout: 60_000 }).toBe(503);
    expect((await one.fetch('/api/predict', jpeg(bytes))).status).toBe(503);
    expect((await one.fetch('/health')).status).toBe(200);
    await expect.poll(async () => (await one.fetch('/ready')).status, { timeout: 60_000 }).toBe(200);
    await expectWell(one);
    const { stderr } = await one.stop();
    expect(stderr).toMatch(/opening it anew/);
  });
});

describe('who may ask', () => {
  const token = 'sixteen-letters-or-more';

  test('with --token only who brings it; the page by a cookie', async () => {
    const one = await start(run, ['--host', '0.0.0.0', '--token', token]);
    const url = one.url.replace('0.0.0.0', '127.0.0.1');
    expect((await fetch(`${url}/api/model`)).status).toBe(401);
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    expect((await fetch(`${url}/docs/json`)).status).toBe(401);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect((await fetch(`${url}/`)).status).toBe(200);
    const bearer = { headers: { authorization: `Bearer ${token}` } };
    expect((await fetch(`${url}/api/model`, bearer)).status).toBe(200);
    const session = (text: string) =>
      fetch(`${url}/api/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token: text }),
      });
    const opened = await session(token);
    const cookie = opened.headers.get('set-cookie')!;
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
    expect((await fetch(`${url}/api/model`, { headers: { cookie: cookie.split(';')[0]! } })).status).toBe(
      200,
    );
    const guesses = [];
    for (let i = 0; i < 12; i++) guesses.push((await session(`guess number ${i}`)).status);
    expect(guesses.slice(0, 8)).toEqual(Array(8).fill(401));
    expect(guesses.at(-1)).toBe(429);
  });

  test('--rate-limit', async () => {
    const one = await start(run, ['--rate-limit', '5']);
    const statuses = [];
    for (let i = 0; i < 7; i++) statuses.push((await one.fetch('/api/model')).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
  });

  test.each([
    [['--host', '0.0.0.0'], /--token with --host 0.0.0.0/],
    [['--port', '99999'], /port: .*99999/],
    [['--token', 'short'], /token: expected at least 16/],
    [['--host', '203.0.113.1', '--token', token], /no such address/],
  ])('%s is a mistake that can be mended', async (args, message) => {
    const { code, stderr } = await finetune(['serve', run, ...args, '--device', 'cpu']);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  test('no run, and a port that is taken', async () => {
    const none = await finetune(['serve', path.join(run, 'nothing'), '--device', 'cpu']);
    expect([none.code, none.stderr]).toEqual([2, expect.stringMatching(/does not exist/)]);
    const { port } = new URL(server.url);
    const taken = await finetune(['serve', run, '--port', port, '--device', 'cpu']);
    expect([taken.code, taken.stderr]).toEqual([2, expect.stringMatching(/another program listens there/)]);
  });
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s: what is under way is answered, then it ends',
  async (signal) => {
    const one = await start(run);
    const under = Array.from({ length: 4 }, () =>
      one.fetch('/api/predict?explain=true&images=true', jpeg(bytes)),
    );
    await wait(30);
    const outcome = one.stop(signal);
    for (const response of await Promise.allSettled(under)) {
      // those that it had not taken yet find nobody there, or are told so
      if (response.status === 'fulfilled') expect([200, 503]).toContain(response.value.status);
    }
    const { code, stderr } = await outcome;
    expect([code, stderr]).toEqual([0, '']);
  },
);
