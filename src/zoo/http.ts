import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { type Environment, proxyFor, proxyHeaders, tunnel } from './proxy.js';
import { asUnreachable, Unreachable } from './unreachable.js';

const mostRedirects = 5;

/** How long a request may take, in milliseconds. */
export interface Patience {
  /** Until there is a connection (name resolved, TCP and TLS agreed). */
  readonly connectMs: number;
  /** Without a byte after that. */
  readonly stallMs: number;
}

/**
 * Sends a GET request and follows redirects, through the proxy that the environment names.
 *
 * @returns the response with its body unread; a stall while it is read destroys it with an error.
 * @throws Unreachable when there is no connection: no such host, refused, no route, certificate not trusted.
 */
export async function get(
  address: string,
  headers: Readonly<Record<string, string>>,
  patience: Patience,
  environment: Environment,
): Promise<IncomingMessage> {
  let url = new URL(address);
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const response = await request(url, headers, patience, environment);
    const { statusCode = 0 } = response;
    const { location } = response.headers;
    if (![301, 302, 303, 307, 308].includes(statusCode) || !location) return response;
    response.destroy();
    const next = new URL(location, url);
    if (next.protocol !== url.protocol && next.protocol !== 'https:') {
      throw new Error(`it redirects to ${next.protocol}//${next.host}, which is not secure`);
    }
    url = next;
  }
  throw new Error(`it redirects more than ${mostRedirects} times`);
}

async function request(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { connectMs, stallMs }: Patience,
  environment: Environment,
): Promise<IncomingMessage> {
  const proxy = proxyFor(url, environment);
  const connecting = new AbortController();
  const late = setTimeout(
    () => connecting.abort(new Unreachable(`no connection within ${connectMs / 1000} s`)),
    connectMs,
  );
  try {
    const socket =
      proxy && url.protocol === 'https:' ? await tunnel(url, proxy, connecting.signal) : undefined;
    return await new Promise((resolve, reject) => {
      const outgoing = open(url, headers, proxy, socket);
      const giveUp = () => outgoing.destroy(connecting.signal.reason as Error);
      connecting.signal.addEventListener('abort', giveUp);
      outgoing.once('socket', (opened) => {
        const connected = () => clearTimeout(late);
        if (socket) connected();
        else opened.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', connected);
      });
      let response: IncomingMessage | undefined;
      outgoing.setTimeout(stallMs, () => {
        (response ?? outgoing).destroy(new Error(`nothing came for ${stallMs / 1000} s`));
      });
      outgoing.on('error', reject);
      outgoing.once('response', (incoming) => {
        response = incoming;
        resolve(incoming);
      });
      outgoing.end();
    });
  } catch (error) {
    throw asUnreachable(connecting.signal.aborted ? connecting.signal.reason : error, proxy);
  } finally {
    clearTimeout(late);
  }
}

function open(
  url: URL,
  headers: Readonly<Record<string, string>>,
  proxy: URL | undefined,
  socket: Socket | undefined,
): http.ClientRequest {
  // Whole files only: no compression on the way, no connection kept for later.
  const all = { ...headers, 'accept-encoding': 'identity', 'user-agent': 'finetune' };
  if (socket) return https.request(url, { headers: all, agent: false, createConnection: () => socket });
  if (url.protocol === 'https:') return https.request(url, { headers: all, agent: false });
  if (!proxy) return http.request(url, { headers: all, agent: false });
  return http.request({
    host: proxy.hostname,
    port: proxy.port || 80,
    path: url.href,
    headers: { ...all, host: url.host, ...proxyHeaders(proxy) },
    agent: false,
  });
}
