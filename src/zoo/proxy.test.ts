import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createSocketServer } from 'node:net';
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
