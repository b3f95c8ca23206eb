import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { UserError } from '../runtime/errors.js';
import type { Hooks } from '../runtime/progress.js';
import { buildApp } from './app.js';
import { resolveServeOptions, type ServeOptions } from './options.js';
import { graceMs } from './limits.js';
import { RunningService } from './running-service.js';

/** A server at work. */
export interface Server {
  /** Where its page is, such as http://127.0.0.1:7860. */
  readonly url: string;
  /** Takes no more requests, ends those that are under way, and lets go of the network. */
  close(): Promise<void>;
}

/**
 * Serves a finished run: a page to try it on and to correct it, and an HTTP API. Returns once it takes requests.
 *
 * @throws UserError when `run` is no finished run, or the address is taken.
 */
export async function serveRun(run: string, given: ServeOptions = {}, hooks: Hooks = {}): Promise<Server> {
  const options = resolveServeOptions(given);
  const service = await RunningService.open(run, options, hooks);
  const app = await buildApp(service);
  const close = async () => {
    service.stop();
    await closeApp(app);
    await service.close();
  };
  try {
    hooks.signal?.throwIfAborted();
    await app.listen({ host: options.host, port: options.port });
  } catch (error) {
    await close();
    throw inWords(error, options);
  }
  const { port } = app.server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return { url: `http://${host}:${port}`, close };
}

/** Connections that have been answered are closed, whatever they would like to keep; the others have a while. */
async function closeApp(app: FastifyInstance): Promise<void> {
  const closing = app.close();
  const idle = setInterval(() => app.server.closeIdleConnections(), 50);
  const late = setTimeout(() => app.server.closeAllConnections(), graceMs);
  try {
    await closing;
  } finally {
    clearInterval(idle);
    clearTimeout(late);
  }
}

function inWords(error: unknown, { host, port }: { host: string; port: number }): unknown {
  const { code } = error as NodeJS.ErrnoException;
  const why: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another program listens there. Give another --port',
    EACCES: 'this user may not listen there. Give a --port above 1023',
    EADDRNOTAVAIL: 'this machine has no such address. Give another --host',
    ENOTFOUND: 'there is no such name. Give another --host',
  };
  const reason = code && why[code];
  return reason ? new UserError(`Expected to listen on ${host}, port ${port}, but ${reason}.`) : error;
}
