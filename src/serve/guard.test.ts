import { describe, expect, test } from 'vitest';
import { UserError } from '../runtime/errors.js';
import { guard } from './guard.js';
import { resolveServeOptions } from './options.js';

const alone = { host: '127.0.0.1', token: undefined };
const token = 'a-token-of-24-characters';
const withToken = { host: '0.0.0.0', token };

const ask = (
  options: typeof alone | typeof withToken,
  method: string,
  headers: Record<string, string>,
  open = false,
) => guard(options, open)({ method, headers });

describe('without a token', () => {
  test.each(['localhost:7860', '127.0.0.1:7860', '[::1]:7860', '127.0.0.1'])('%s is this machine', (host) => {
    expect(() => ask(alone, 'GET', { host })).not.toThrow();
  });

  test.each(['evil.example', 'localhost.evil.example:7860', '', '127.0.0.1.evil.example'])(
    'the name %s, which may lead here, is refused',
    (host) => {
      expect(() => ask(alone, 'GET', { host })).toThrow(/by its own name/);
    },
  );

  test.each([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost:1234' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('a post of another site is refused: %o', (headers) => {
    expect(() => ask(alone, 'POST', { host: 'localhost:7860', ...headers })).toThrow(/another site/);
  });

  test.each([{}, { origin: 'http://localhost:7860', 'sec-fetch-site': 'same-origin' }])(
    'a post of the page, or of a program, is taken: %o',
    (headers) => {
      expect(() => ask(alone, 'POST', { host: 'localhost:7860', ...headers })).not.toThrow();
    },
  );
});

describe('with a token', () => {
  const host = 'pictures.example:7860';

  test('it must be brought, in the header or in the cookie', () => {
    expect(() => ask(withToken, 'GET', { host, authorization: `Bearer ${token}` })).not.toThrow();
    expect(() => ask(withToken, 'GET', { host, cookie: `a=b; finetune_token=${token}` })).not.toThrow();
    expect(() => ask(withToken, 'GET', { host })).toThrow(/received none/);
    expect(() => ask(withToken, 'GET', { host, authorization: 'Bearer another' })).toThrow(
      /received another/,
    );
    expect(() => ask(withToken, 'GET', { host, cookie: 'finetune_token=' })).toThrow(/received another/);
    expect(() => ask(withToken, 'GET', { host }, true)).not.toThrow();
  });

  test('a post of another site is refused all the same', () => {
    const headers = { host, authorization: `Bearer ${token}`, origin: 'https://evil.example' };
    expect(() => ask(withToken, 'POST', headers)).toThrow(/another site/);
  });
});

describe('options', () => {
  test('an address that others reach needs a token', () => {
    expect(() => resolveServeOptions({ host: '0.0.0.0' })).toThrow(UserError);
    expect(() => resolveServeOptions({ host: '::' })).toThrow(/--token with --host ::/);
    expect(resolveServeOptions({ host: '0.0.0.0', token }).token).toBe(token);
    expect(resolveServeOptions({}).host).toBe('127.0.0.1');
  });

  test('every fault is named, a token never shown', () => {
    expect(() => resolveServeOptions({ port: 70_000, token: 'secret' })).toThrow(
      /port: .*70000.*token: expected/,
    );
    try {
      resolveServeOptions({ token: 'secret' });
    } catch (error) {
      expect(String(error)).not.toContain('secret');
    }
  });
});
