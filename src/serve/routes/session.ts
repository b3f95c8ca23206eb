import type { FastifyPluginAsync } from 'fastify';
import { isSame, tokenCookie } from '../guard.js';
import { Refusal } from '../picture-upload.js';
import type { Service } from '../service.js';

/** For the page: keeps the token in a cookie that only this server gets back. */
export function sessionRoutes({ options }: Service): FastifyPluginAsync {
  return async (app) => {
    app.post<{ Body: { token: string } }>(
      '/api/session',
      {
        config: { isOpen: true, rateLimit: { max: 10, timeWindow: '1 minute' } },
        schema: {
          tags: ['state'],
          summary: 'Keeps the token in a cookie, for browsers',
          body: {
            type: 'object',
            required: ['token'],
            properties: { token: { type: 'string', maxLength: 1000 } },
          },
        },
      },
      async ({ body }, reply) => {
        if (options.token !== undefined && !isSame(body.token, options.token)) {
          throw new Refusal(401, 'Expected the token of this server but received another.');
        }
        const value = encodeURIComponent(body.token);
        reply.header(
          'set-cookie',
          `${tokenCookie}=${value}; HttpOnly; SameSite=Strict; Path=/; Max-Age=604800`,
        );
        return { status: 'ok' };
      },
    );
  };
}
