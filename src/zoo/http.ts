import type { Dispatcher } from 'undici';
import { type Environment, proxyFor, proxyLogin } from './proxy.js';
import { asUnreachable, Unreachable } from './unreachable.js';

const mostRedirects = 5;

/** How long a request may take, in milliseconds. */
export interface Patience {
  /** Until there is a connection (name resolved, TCP and TLS agreed). */
  readonly connectMs: number;
  /** Without a byte after that. */
  readonly stallMs: number;
}

/** An answer with its body unread; `close` must be called in the end. */
export interface HttpAnswer {
  readonly status: number;
  header(name: string): string | undefined;
  /** Ends with an error when the connection breaks or nothing comes any more. */
  readonly body: AsyncIterable<Uint8Array>;
  close(): void;
}

/**
 * Sends a GET request and follows redirects, through the proxy that the environment names.
 *
 * @throws Unreachable when there is no connection: no such host, refused, no route, certificate not trusted.
 */
export async function get(
  address: string,
  headers: Readonly<Record<string, string>>,
  patience: Patience,
  environment: Environment,
  signal?: AbortSignal,
): Promise<HttpAnswer> {
  let url = new URL(address);
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const answer = await ask(url, headers, patience, environment, signal);
    const location = answer.header('location');
    if (![301, 302, 303, 307, 308].includes(answer.status) || !location) return answer;
    answer.close();
    const next = new URL(location, url);
    if (next.protocol !== url.protocol && next.protocol !== 'https:') {
      throw new Error(`it redirects to ${next.protocol}//${next.host}, which is not secure`);
    }
    url = next;
  }
  throw new Error(`it redirects more than ${mostRedirects} times`);
}

async function ask(
  url: URL,
  headers: Readonly<Record<string, string>>,
  patience: Patience,
  environment: Environment,
  signal?: AbortSignal,
): Promise<HttpAnswer> {
  const proxy = proxyFor(url, environment);
  const undici = await import('undici'); // only here: most commands ask no server for anything
  const dispatcher = dispatcherFor(undici, proxy, patience);
  const close = () => void dispatcher.destroy().catch(() => undefined);
  const explained = (error: unknown) => signal?.reason ?? explain(error, { url, proxy, ...patience });
  try {
    const answer = await undici.request(url, {
      dispatcher,
      // Whole files only: no compression on the way.
      headers: { ...headers, 'accept-encoding': 'identity', 'user-agent': 'finetune' },
      ...(signal && { signal }),
    });
    answer.body.on('error', () => undefined); // told to whoever reads the body
    return {
      status: answer.statusCode,
      header: (name) => [answer.headers[name] ?? []].flat()[0],
      body: explaining(answer.body as AsyncIterable<Uint8Array>, explained),
      close,
    };
  } catch (error) {
    close();
    throw explained(error);
  }
}

function dispatcherFor(
  { Agent, Pool, ProxyAgent }: Pick<typeof import('undici'), 'Agent' | 'Pool' | 'ProxyAgent'>,
  proxy: URL | undefined,
  { connectMs, stallMs }: Patience,
): Dispatcher {
  const connect = { timeout: connectMs };
  const timeouts = { headersTimeout: stallMs, bodyTimeout: stallMs };
  if (!proxy) return new Agent({ ...timeouts, connect });
  const token = proxyLogin(proxy);
  return new ProxyAgent({
    ...timeouts,
    uri: proxy.origin,
    ...(token && { token }),
    requestTls: connect,
    proxyTls: connect,
    // Plain addresses are asked for by their whole name; a tunnel is for https alone.
    proxyTunnel: false,
    clientFactory: (origin, options) => new Pool(origin, { ...options, headersTimeout: connectMs }),
  });
}

async function* explaining(
  body: AsyncIterable<Uint8Array>,
  explained: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* body;
  } catch (error) {
    throw explained(error);
  }
}

interface Circumstances extends Patience {
  readonly url: URL;
  readonly proxy: URL | undefined;
}

/** What undici says, in a reader's words. */
function explain(error: unknown, { url, proxy, connectMs, stallMs }: Circumstances): unknown {
  const { code, message, cause } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'UND_ERR_CONNECT_TIMEOUT':
      return new Unreachable(`no connection within ${connectMs / 1000} s`);
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return new Error(`nothing came for ${stallMs / 1000} s`);
    case 'UND_ERR_PRX_TLS':
      return asUnreachable(cause, proxy);
    case 'UND_ERR_ABORTED': {
      const status = /Proxy response \((\d+)\)/.exec(message)?.[1];
      const authority = `${url.hostname}:${url.port || 443}`;
      return status ? new Unreachable(`the proxy ${proxy?.host} answers ${status} to ${authority}`) : error;
    }
    case 'UND_ERR_SOCKET':
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
      return new Error('the connection broke');
    case 'UND_ERR_INVALID_ARG':
      return /407/.test(message) ? new Unreachable(`the proxy ${proxy?.host} asks for a login`) : error;
    default:
      return asUnreachable(error, proxy);
  }
}
