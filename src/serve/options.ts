import { z } from 'zod';
import { count, option, positive } from '../runtime/option.js';
import { UserError } from '../runtime/errors.js';
import { type DeviceName, deviceNames } from '../runtime/gpu.js';

/** The options of `finetune serve`, as the command line and `serve()` take them. */
export const serveOptions = {
  port: option(z.number().int().min(0).max(65_535).default(7860), {
    value: 'n',
    help: 'to listen on; 0 takes a free one',
  }),
  host: option(z.string().min(1).default('127.0.0.1'), {
    value: 'address',
    help: 'to listen on; any but this machine alone (127.0.0.1, ::1, localhost) only with --token',
  }),
  token: option(
    z
      .string()
      .regex(/^[\w.~+/-]{16,}=*$/, 'expected at least 16 letters, digits or -._~+/')
      .optional(),
    { value: 'text', help: 'what every request must bring, 16 letters or more; the page asks for it' },
  ),
  data: option(z.string().min(1).optional(), {
    value: 'dir',
    help: "where the run's pictures lie now (default: where it found them)",
  }),
  corrections: option(z.string().min(1).optional(), {
    value: 'dir',
    help: 'where corrected pictures are kept, a folder a class (default: RUN-corrections)',
  }),
  queue: option(count.max(4096).default(6), {
    value: 'n',
    help: 'pictures that may wait for the network; further ones are told to come back (503)',
  }),
  maxMegabytes: option(positive.max(512).default(20), {
    value: 'n',
    help: 'the largest file of a picture',
  }),
  maxMegapixels: option(positive.max(200).default(64), {
    value: 'n',
    help: 'the largest picture, width by height, looked up before it is decoded',
  }),
  rateLimit: option(count.optional(), {
    value: 'n',
    help: 'requests a minute that one address may send (default: as many as it likes)',
  }),
  device: option(z.enum(deviceNames).default('auto'), { value: 'name', help: 'auto, cpu or gpu' }),
};

const schema = z.strictObject(serveOptions);

/** What `serve` takes; everything has a default. */
export type ServeOptions = z.input<typeof schema>;

export type ResolvedServeOptions = z.output<typeof schema>;

export type { DeviceName };

/**
 * Fills in the defaults.
 *
 * @throws UserError that names every fault; also for an address that others reach without a token.
 */
export function resolveServeOptions(given: ServeOptions): ResolvedServeOptions {
  const result = schema.safeParse(given);
  if (!result.success) {
    const faults = result.error.issues.map(({ path, message }) => {
      const name = path.join('.');
      const secret = name === 'token';
      const received = secret ? '' : ` but received ${JSON.stringify(given[name as keyof ServeOptions])}`;
      return name ? `${name}: ${message}${received}` : message;
    });
    throw new UserError(`Unusable options: ${faults.join('; ')}`);
  }
  const { host, token } = result.data;
  if (!isLoopback(host) && token === undefined) {
    throw new UserError(
      `Expected --token with --host ${host}, for others reach that address, but received none. Make one up, 16 letters or more.`,
    );
  }
  return result.data;
}

/** Whether only this machine reaches the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
