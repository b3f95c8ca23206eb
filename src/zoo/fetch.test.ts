import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, answers, type FileServer, sends, sendsOnly, serve } from '../../test/file-server.js';
import { Random } from '../runtime/random.js';
import { download, type DownloadOptions, type FetchProgress } from './fetch.js';

const random = new Random(1);
const content = Uint8Array.from({ length: 300_000 }, () => random.below(256));
const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');

let folder: string;
let destination: string;
let servers: FileServer[];
let events: FetchProgress[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fetch-'));
  destination = join(folder, 'cache', 'weights.h5');
  servers = [];
  events = [];
});

afterEach(async () => {
  for (const server of servers) await server.close();
  await rm(folder, { recursive: true });
});

async function server(...list: Answer[]): Promise<FileServer> {
  const started = await serve(...list);
  servers.push(started);
  return started;
}

function fetchFrom(url: string, options: DownloadOptions = {}): Promise<void> {
  const file = { url, bytes: content.length, digest: { algorithm: 'md5', hex: md5(content) } } as const;
  return download(file, destination, {
    environment: {},
    backOffMs: 1,
    patience: { connectMs: 2_000, stallMs: 2_000 },
    onProgress: (event) => events.push(event),
    ...options,
  });
}

/** The file is whole and in place, and nothing else is left. */
async function expectFetched(): Promise<void> {
  expect(md5(await readFile(destination))).toBe(md5(content));
  expect(await readdir(join(folder, 'cache'))).toEqual(['weights.h5']);
}

const notes = () => events.flatMap((event) => (event.kind === 'note' ? [event.message] : []));

describe('a file that comes', () => {
  test('is put in place whole, and its bytes are counted', async () => {
    const { url, requests } = await server(sends(content));
    await fetchFrom(url);
    await expectFetched();
    const last = events.at(-1);
    expect(last).toEqual({ kind: 'bytes', source: url, received: content.length, total: content.length });
    expect(requests).toHaveLength(1);
  });

  test('is found behind redirects', async () => {
    const { url } = await server(
      answers(302, { location: '/elsewhere' }),
      answers(307, { location: '/file' }),
      sends(content),
    );
    await fetchFrom(url);
    await expectFetched();
  });

  test('may be known by the beginning of its digest', async () => {
    const { url } = await server(sends(content));
    const digest = { algorithm: 'md5', hex: md5(content).slice(0, 8) } as const;
    await download({ url, bytes: content.length, digest }, destination, { environment: {} });
    await expectFetched();
  });

  test.each(['HTTP_PROXY', 'http_proxy'])('comes through the proxy that %s names', async (name) => {
    const proxy = await server(sends(content));
    await fetchFrom('http://weights.invalid/file', { environment: { [name]: new URL(proxy.url).host } });
    await expectFetched();
    expect(proxy.requests[0]?.path).toBe('http://weights.invalid/file');
  });
});

describe('an interrupted fetch', () => {
  test('carries on where the connection broke', async () => {
    const etag = '"version 1"';
    const { url, requests } = await server(
      sendsOnly(100_000, content, 'breaks', { etag }),
      sends(content, etag),
    );
    await fetchFrom(url);
    await expectFetched();
    expect(requests.map(({ range }) => range)).toEqual([undefined, 'bytes=100000-']);
    expect(notes()[0]).toContain('trying again');
  });

  test('carries on in a later process', async () => {
    const etag = '"version 1"';
    const first = await server(sendsOnly(100_000, content, 'breaks', { etag }), answers(404));
    await expect(fetchFrom(first.url)).rejects.toThrow('it answers 404');
    expect(existsSync(destination)).toBe(false);
    const second = await server(sends(content, etag));
    await fetchFrom(second.url);
    await expectFetched();
    expect(second.requests[0]?.range).toBe('bytes=100000-');
  });

  test('starts over when the file changed', async () => {
    const { url } = await server(
      sendsOnly(
        100_000,
        content.map((byte) => byte ^ 1),
        'breaks',
        { etag: '"version 1"' },
      ),
      sends(content, '"version 2"'),
    );
    await fetchFrom(url);
    await expectFetched();
  });

  test('starts over when the server cannot say which version it was, or has no ranges', async () => {
    const { url, requests } = await server(sendsOnly(100_000, content, 'breaks'), sends(content));
    await fetchFrom(url);
    await expectFetched();
    expect(requests.map(({ range }) => range)).toEqual([undefined, undefined]);
  });

  test('starts over when the server refuses the range', async () => {
    const { url, requests } = await server(
      sendsOnly(100_000, content, 'breaks', { etag: '"version 1"' }),
      answers(416),
      sends(content),
    );
    await fetchFrom(url);
    await expectFetched();
    expect(requests).toHaveLength(3);
  });

  test('starts over when another part comes than was asked for', async () => {
    const { url } = await server(
      sendsOnly(100_000, content, 'breaks', { etag: '"version 1"' }),
      answers(206, { 'content-range': `bytes 7-${content.length - 1}/${content.length}` }, 'other bytes'),
      sends(content),
    );
    await fetchFrom(url);
    await expectFetched();
  });

  test('is tried again when nothing comes any more', async () => {
    const etag = '"version 1"';
    const { url } = await server(sendsOnly(100_000, content, 'stalls', { etag }), sends(content, etag));
    await fetchFrom(url, { patience: { connectMs: 2_000, stallMs: 100 } });
    await expectFetched();
    expect(notes()[0]).toContain('nothing came for 0.1 s');
  });

  test('is tried again after an error of the server', async () => {
    const { url } = await server(answers(500), answers(503), sends(content));
    await fetchFrom(url);
    await expectFetched();
    expect(notes()).toHaveLength(2);
  });
});

describe('a fetch that is told to stop', () => {
  const stop = new Error('stop');

  test('ends at once, also when nothing comes, and keeps what came for the next one', async () => {
    const controller = new AbortController();
    const etag = '"version 1"';
    const { url, requests } = await server(sendsOnly(100_000, content, 'stalls', { etag }));
    const patience = { connectMs: 60_000, stallMs: 60_000 };
    const onProgress = (event: FetchProgress) => {
      if (event.kind === 'bytes' && event.received === 100_000) controller.abort(stop);
    };
    const fetching = fetchFrom(url, { signal: controller.signal, patience, onProgress });
    await expect(fetching).rejects.toBe(stop);
    expect(requests).toHaveLength(1);
    const second = await server(sends(content, etag));
    await fetchFrom(second.url);
    expect(second.requests[0]?.range).toBe('bytes=100000-');
  });

  test('does not wait for its next attempt', async () => {
    const controller = new AbortController();
    const { url } = await server(answers(500));
    const onProgress = (event: FetchProgress) => event.kind === 'note' && controller.abort(stop);
    const options = { signal: controller.signal, backOffMs: 3_600_000, onProgress };
    await expect(fetchFrom(url, options)).rejects.toBe(stop);
  });
});

describe('a source is given up', () => {
  test('when it breaks off and then gives other parts than it is asked for, again and again', async () => {
    const long = new Uint8Array(4 * 2 ** 20);
    const first = sendsOnly(3 * 2 ** 20, long, 'breaks', { etag: '"1"' });
    const wrong = answers(206, { 'content-range': `bytes 7-9/${long.length}` }, 'abc');
    const { url, requests } = await server((request, response) =>
      (request.headers.range ? wrong : first)(request, response),
    );
    const fetching = download({ url, bytes: long.length }, destination, { environment: {}, backOffMs: 1 });
    await expect(fetching).rejects.toThrow('in each of 4 attempts');
    expect(requests.length).toBeLessThan(6);
  });

  test('when it says that its file is longer than any network', async () => {
    const { url } = await server((_, response) => {
      response.writeHead(200, { 'content-length': 3e12 }).write('a');
    });
    await expect(download({ url }, destination, { environment: {} })).rejects.toThrow(
      'its file is 3000000000000 bytes long',
    );
    expect(await readdir(join(folder, 'cache'))).toEqual([]);
  });

  test('at once, when it is the disk that fails', async () => {
    const { url, requests } = await server(sends(content));
    await mkdir(`${destination}.part`, { recursive: true });
    await writeFile(join(`${destination}.part`, 'file'), '');
    await expect(fetchFrom(url)).rejects.toThrow(expect.objectContaining({ path: `${destination}.part` }));
    expect(requests.length).toBeLessThan(2);
  });
  test('after four attempts that bring nothing', async () => {
    const { url, requests } = await server(answers(500));
    await expect(fetchFrom(url)).rejects.toThrow(
      'it answers 500 Internal Server Error, in each of 4 attempts',
    );
    expect(requests).toHaveLength(4);
  });

  test.each([403, 404])('at once when it answers %i', async (status) => {
    const { url, requests } = await server(answers(status));
    await expect(fetchFrom(url)).rejects.toThrow(`it answers ${status}`);
    expect(requests).toHaveLength(1);
  });

  test('at once when its file has another length: a page that asks to log in', async () => {
    const { url, requests } = await server(sends(Buffer.from('<html>please log in</html>')));
    await expect(fetchFrom(url)).rejects.toThrow('its file is 26 bytes long instead of 300000');
    expect(requests).toHaveLength(1);
  });

  test('when more comes than the file has, without a stated length', async () => {
    const { url } = await server((_, response) => {
      response.write(content);
      response.end(content);
    });
    await expect(fetchFrom(url)).rejects.toThrow('its file is longer than 300000 bytes');
    expect(await readdir(join(folder, 'cache'))).toEqual([]);
  });

  test('when its bytes are wrong, and they are deleted', async () => {
    const wrong = content.map((byte) => byte ^ 1);
    const { url, requests } = await server(sends(wrong, '"version 1"'));
    await expect(fetchFrom(url)).rejects.toThrow(`MD5 ${md5(content)} but received ${md5(wrong)}`);
    expect(requests).toHaveLength(1);
    expect(await readdir(join(folder, 'cache'))).toEqual([]);
  });

  test('when it redirects for ever', async () => {
    const { url } = await server(answers(302, { location: '/file' }));
    await expect(fetchFrom(url)).rejects.toThrow('redirects more than 5 times');
  });

  test('at once when nobody listens, or the host is not known', async () => {
    const { url, close } = await serve(answers(200));
    await close();
    await expect(fetchFrom(url)).rejects.toThrow('the connection is refused (ECONNREFUSED)');
    await expect(fetchFrom('http://weights.invalid/file')).rejects.toThrow(/the host is not known \(E/);
    expect(notes()).toEqual([]);
  });
});

test('a part without a version is not trusted', async () => {
  const { url, requests } = await server(sends(content, '"version 1"'));
  await fetchFrom(url);
  await rm(destination);
  await writeFile(`${destination}.part`, content.map((byte) => byte ^ 1).subarray(0, 1000));
  await fetchFrom(url);
  await expectFetched();
  expect(requests[1]?.range).toBeUndefined();
});
