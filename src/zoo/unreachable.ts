/** The address cannot be reached at all: trying again at once would not help. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['ENOTFOUND', 'the host is not known'],
  ['EAI_AGAIN', 'the host is not known'],
  ['ECONNREFUSED', 'the connection is refused'],
  ['ENETUNREACH', 'there is no network'],
  ['EHOSTUNREACH', 'there is no way to the host'],
  ['ETIMEDOUT', 'the host does not answer'],
  ['ENETDOWN', 'there is no network'],
]);

/** An error of a connection as Unreachable where it means that; any other error as it is. */
export function asUnreachable(error: unknown, proxy: URL | undefined): unknown {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const isCertificate = /CERT|SIGNATURE/.test(code);
  const reason = reasons.get(code) ?? (isCertificate ? `its certificate is not trusted: ${message}` : '');
  if (!reason) return error;
  return new Unreachable(`${reason} (${code}${proxy ? `, through the proxy ${proxy.host}` : ''})`);
}
