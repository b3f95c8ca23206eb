import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, createServer as createSocketServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { get } from './http.js';
import { proxyFor } from './proxy.js';
import { Unreachable } from './unreachable.js';

describe('proxyFor', () => {
  const environment = {
    HTTP_PROXY: 'http://plain.example:3128',
    https_proxy: 'secure.example:8080',
    NO_PROXY: 'localhost, .inside.example,other.example:8443',
  };
  test.each([
    ['http://weights.example/file', 'plain.example:3128'],
    ['https://weights.example/file', 'secure.example:8080'],
    ['https://localhost/file', undefined],
    ['https://a.inside.example/file', undefined],
    ['https://inside.example/file', undefined],
    ['https://notinside.example/file', 'secure.example:8080'],
    ['https://other.example/file', 'secure.example:8080'],
    ['https://other.example:8443/file', undefined],
  ])('%s goes through %s', (url, host) => {
    expect(proxyFor(new URL(url), environment)?.host).toBe(host);
  });

  test('one that cannot be used is said', () => {
    const url = new URL('https://weights.example');
    expect(() => proxyFor(url, { HTTPS_PROXY: 'socks5://p:1080' })).toThrow(
      'only http: and https: are spoken',
    );
    expect(() => proxyFor(url, { HTTPS_PROXY: 'http://a b' })).toThrow(
      'HTTPS_PROXY is no address of a proxy',
    );
  });

  test('none is used without being named, or when everything is excluded', () => {
    const url = new URL('https://weights.example');
    expect(proxyFor(url, {})).toBeUndefined();
    expect(proxyFor(url, { HTTPS_PROXY: 'p:1', no_proxy: '*' })).toBeUndefined();
  });
});

describe('an https address through a proxy', () => {
  const patience = { connectMs: 5_000, stallMs: 5_000 };
  let proxy: Server;
  afterEach(() => proxy.close());

  /** A proxy that answers CONNECT with `status` and, when there is a target, hands the connection on to it. */
  async function listen(status: number, target?: number) {
    const asked: { authority: string; login: string | undefined }[] = [];
    proxy = createServer();
    proxy.on('connect', (request, socket) => {
      asked.push({ authority: request.url ?? '', login: request.headers['proxy-authorization'] });
      socket.on('error', () => undefined);
      socket.write(`HTTP/1.1 ${status} Whatever\r\n\r\n`);
      if (target === undefined) socket.end();
      else socket.pipe(connect(target, '127.0.0.1')).pipe(socket);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    return { asked, port: (proxy.address() as AddressInfo).port };
  }

  test('is asked for with the login of the proxy, and a refusal is final', async () => {
    const { asked, port } = await listen(403);
    const environment = { HTTPS_PROXY: `http://user:p%40ss@127.0.0.1:${port}` };
    const answer = get('https://weights.invalid/file', {}, patience, environment);
    await expect(answer).rejects.toThrow(Unreachable);
    await expect(answer).rejects.toThrow(`the proxy 127.0.0.1:${port} answers 403 to weights.invalid:443`);
    const login = `Basic ${Buffer.from('user:p@ss').toString('base64')}`;
    expect(asked).toEqual([{ authority: 'weights.invalid:443', login }]);
  });

  test('begins TLS with the host behind the proxy', async () => {
    let greeting = Buffer.alloc(0);
    const target = createSocketServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (data) => {
        greeting = data;
        socket.destroy();
      });
    });
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
    const { port } = await listen(200, (target.address() as AddressInfo).port);
    const environment = { HTTPS_PROXY: `127.0.0.1:${port}` };
    await expect(get('https://weights.invalid/file', {}, patience, environment)).rejects.toThrow();
    // A TLS record of a handshake, which names the host in the open.
    expect(greeting[0]).toBe(0x16);
    expect(greeting.includes('weights.invalid')).toBe(true);
    target.close();
  });
});

const certificate = [
  ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
  ...['-keyout', 'key.pem', '-out', 'certificate.pem', '-subj', '/CN=localhost'],
  ...['-addext', 'subjectAltName=DNS:localhost'],
];
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

describe.skipIf(!hasOpenssl)('a proxy that is reached by https', () => {
  // Certificates are trusted for a whole process, from its start on: it is a child.
  const fetching = (url: string) => `
import { get } from ${JSON.stringify(new URL('./http.ts', import.meta.url).href)};
const answer = await get('${url}', {}, { connectMs: 20_000, stallMs: 20_000 }, process.env);
let text = '';
for await (const chunk of answer.body) text += Buffer.from(chunk);
answer.close();
console.log(answer.status, text);
`;

  test('leads to https and to http addresses', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'proxy-'));
    execFileSync('openssl', certificate, { cwd: folder, stdio: 'ignore' });
    const read = (name: string) => readFileSync(join(folder, name));
    const keys = { key: read('key.pem'), cert: read('certificate.pem') };
    const asked: string[] = [];
    const secure = createSecureServer(keys, (_, response) => response.end('secure weights'));
    const plain = createServer((_, response) => response.end('plain weights'));
    const proxy = createSecureServer(keys);
    proxy.on('connect', (request, socket: Socket) => {
      asked.push(request.url ?? '');
      const port = Number(request.url!.split(':')[1]);
      socket.on('error', () => undefined);
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(connect(port, '127.0.0.1')).pipe(socket);
    });
    const listening = async (server: Server) => {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return (server.address() as AddressInfo).port;
    };
    const [securePort, plainPort, proxyPort] = await Promise.all([secure, plain, proxy].map(listening));
    const environment = {
      ...process.env,
      NO_PROXY: '',
      no_proxy: '',
      HTTPS_PROXY: `https://localhost:${proxyPort}`,
      https_proxy: '',
      HTTP_PROXY: `https://localhost:${proxyPort}`,
      http_proxy: '',
      NODE_EXTRA_CA_CERTS: join(folder, 'certificate.pem'),
    };
    const ask = (url: string) =>
      promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', fetching(url)], {
        env: environment,
      });
    const [fromSecure, fromPlain] = [
      await ask(`https://localhost:${securePort}/file`),
      await ask(`http://localhost:${plainPort}/file`),
    ];
    expect(fromSecure).toEqual({ stdout: '200 secure weights\n', stderr: '' });
    expect(fromPlain).toEqual({ stdout: '200 plain weights\n', stderr: '' });
    expect(asked).toEqual([`localhost:${securePort}`, `localhost:${plainPort}`]);
    for (const server of [secure, plain, proxy]) {
      server.close();
      server.closeAllConnections();
    }
    await rm(folder, { recursive: true });
  });
});
