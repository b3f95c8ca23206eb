import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { messageOf, UserError } from '../runtime/errors.js';

type BullMQ = typeof import('bullmq');

/** A Redis that answers, and the library that keeps queues in it. */
export interface Connection {
  readonly bullmq: BullMQ;
  readonly redis: Redis;
  /** For messages: host, port and database, never what is secret. */
  readonly name: string;
  close(): Promise<void>;
}

/** All of our work is in one queue of a Redis. */
export const queueName = 'finetune';

const patienceMs = 10_000;

/**
 * Connects to the Redis of a URL such as `redis://:password@host:6379/0`. Once it has answered, one that goes away is
 * waited for: its work is on disk.
 *
 * @throws UserError when the packages are not installed, the URL is none, or nobody answers within ten seconds.
 */
export async function connect(url: string): Promise<Connection> {
  const name = redisName(url);
  const { bullmq, Redis } = await loadPackages();
  const redis = new Redis(url, {
    // what BullMQ asks for: a command waits for the connection, however long that takes
    maxRetriesPerRequest: null,
    retryStrategy: (tries) => Math.min(1000, 50 * tries),
  });
  let last = '';
  redis.on('error', (error: Error) => {
    last = messageOf(error);
  });
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(last || 'no answer')), patienceMs);
  });
  try {
    await Promise.race([redis.ping(), tooLate]);
  } catch (error) {
    redis.disconnect();
    throw new UserError(
      `Expected a Redis at ${name} but there is none that can be used (${last || messageOf(error)}). Check the address and the password, or start it.`,
    );
  } finally {
    clearTimeout(timer);
  }
  return {
    bullmq,
    redis,
    name,
    close: async () => redis.disconnect(),
  };
}

export function openQueue({ bullmq, redis }: Connection): Queue {
  const queue = new bullmq.Queue(queueName, { connection: redis });
  queue.on('error', () => undefined); // the connection says it, and tries again
  return queue;
}

/** Host, port and database of a URL. @throws UserError, without the URL, when it is none of a Redis. */
export function redisName(url: string): string {
  let parsed: URL | undefined;
  try {
    parsed = new URL(url);
  } catch {
    // said below
  }
  if (!parsed || !['redis:', 'rediss:'].includes(parsed.protocol) || parsed.hostname === '') {
    throw new UserError(
      'Expected --queue to be the address of a Redis, such as redis://host:6379, but received something else. With a password: redis://:PASSWORD@host:6379.',
    );
  }
  const database = parsed.pathname.replace(/^\/$/, '');
  return `${parsed.hostname}:${parsed.port || '6379'}${database}`;
}

async function loadPackages(): Promise<{ bullmq: BullMQ; Redis: typeof Redis }> {
  try {
    const [bullmq, { Redis }] = await Promise.all([import('bullmq'), import('ioredis')]);
    return { bullmq, Redis };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new UserError(
      'Expected the packages bullmq and ioredis for a queue but they are not installed. Install them: npm install bullmq ioredis',
    );
  }
}
