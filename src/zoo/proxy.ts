import { Unreachable } from './unreachable.js';

/** Environment variables, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that the environment asks for this address: HTTPS_PROXY or HTTP_PROXY (either case), unless NO_PROXY
 * names the host, a domain it lies in, or `*`.
 *
 * @throws Unreachable when it is one that cannot be used.
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
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = read(name);
  return !proxy || isExcluded ? undefined : parse(proxy, name);
}

function parse(proxy: string, name: string): URL {
  const text = proxy.includes('://') ? proxy : `http://${proxy}`;
  if (!URL.canParse(text)) throw new Unreachable(`${name} is no address of a proxy`);
  const url = new URL(text);
  if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  throw new Unreachable(`${name} names a ${url.protocol} proxy and only http: and https: are spoken`);
}

/** What a proxy that asks for a login is told; undefined where the address holds none. */
export function proxyLogin({ username, password }: URL): string | undefined {
  if (!username) return undefined;
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(login).toString('base64')}`;
}
