import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { isLoopback, type ResolvedServeOptions } from './options.js';
import { Refusal } from './picture-upload.js';

/** The cookie in which a browser keeps the token; scripts cannot read it and other sites cannot send it. */
export const tokenCookie = 'finetune_token';

/**
 * Refuses what does not come from who may ask.
 *
 * - Without a token only this machine listens, but any site that its browser shows could send requests here: by a
 *   form (hence the check of the origin), or under a name of its own that leads to 127.0.0.1 (hence that of the host).
 * - With a token every request must bring it, but for what `isOpen` says.
 *
 * @throws Refusal 403 or 401.
 */
export function guard(options: Pick<ResolvedServeOptions, 'host' | 'token'>, isOpen: boolean) {
  return (request: Pick<FastifyRequest, 'headers' | 'method'>): void => {
    const { headers, method } = request;
    if (options.token === undefined && !isOwnName(headers.host ?? '', options.host)) {
      throw new Refusal(
        403,
        'Expected this machine by its own name, such as localhost, but another was called.',
      );
    }
    if (method !== 'GET' && method !== 'HEAD' && !isOwnOrigin(headers)) {
      throw new Refusal(
        403,
        'Expected a request of this page or of a program but received one of another site.',
      );
    }
    if (options.token === undefined || isOpen) return;
    const given = tokenOf(headers);
    if (given !== undefined && isSame(given, options.token)) return;
    throw new Refusal(
      401,
      `Expected the token in the header 'authorization: Bearer …' but received ${given === undefined ? 'none' : 'another'}.`,
    );
  };
}

/** Compares in a time that says nothing of where two texts differ. */
export function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

type Headers = FastifyRequest['headers'];

function isOwnName(host: string, listening: string): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return isLoopback(name) || name === listening;
}

/** Browsers say from where a request comes; programs say nothing. */
function isOwnOrigin({ origin, host, 'sec-fetch-site': site }: Headers): boolean {
  if (typeof site === 'string' && site !== 'same-origin' && site !== 'none') return false;
  if (origin === undefined) return true;
  return origin === `http://${host}` || origin === `https://${host}`;
}

function tokenOf({ authorization, cookie }: Headers): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  const pairs = (cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  const [, ...value] = pairs.find(([name]) => name === tokenCookie) ?? [];
  return value.length > 0 ? decodeURIComponent(value.join('=')) : undefined;
}
