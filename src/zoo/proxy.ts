import http from 'node:http';
import type { Socket } from 'node:net';
import tls from 'node:tls';
import { Unreachable } from './unreachable.js';

/** Environment variables, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that the environment asks for this address: HTTPS_PROXY or HTTP_PROXY (either case), unless NO_PROXY
 * names the host, a domain it lies in, or `*`.
 */
export function proxyFor(url: URL, environment: Environment): URL | undefined {
  const read = (name: string) => environment[name.toLowerCase()] || environment[name];
  const excluded = (read('NO_PROXY') ?? '').split(/[\s,]+/).filter(Boolean);
  const isExcluded = excluded.some((entry) => {
    const name = entry.replace(/^\*?\./, '').toLowerCase();
    return (
      entry === '*' || [url.hostname, url.host].some((host) => host === name || host.endsWith(`.${name}`))
    );
  });
  const proxy = read(url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY');
  if (!proxy || isExcluded) return undefined;
  return new URL(proxy.includes('://') ? proxy : `http://${proxy}`);
}

/** Headers that a request to the proxy itself carries. */
export function proxyHeaders(proxy: URL): Record<string, string> {
  if (!proxy.username) return {};
  const login = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` };
}

/**
 * A TLS connection to an https address through a proxy's CONNECT.
 *
 * @param signal ends the attempt.
 */
export function tunnel(url: URL, proxy: URL, signal: AbortSignal): Promise<Socket> {
  const authority = `${url.hostname}:${url.port || 443}`;
  return new Promise((resolve, reject) => {
    const request = http.request({
      host: proxy.hostname,
      port: proxy.port || 80,
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...proxyHeaders(proxy) },
      agent: false,
      signal,
    });
    request.once('error', reject);
    request.once('connect', (response, socket) => {
      if (response.statusCode !== 200) {
        socket.destroy();
        reject(new Unreachable(`the proxy ${proxy.host} answers ${response.statusCode} to ${authority}`));
        return;
      }
      const secure = tls.connect({ socket, servername: url.hostname });
      secure.once('error', reject);
      signal.addEventListener('abort', () => secure.destroy(signal.reason as Error), { once: true });
      secure.once('secureConnect', () => resolve(secure));
    });
    request.end();
  });
}
