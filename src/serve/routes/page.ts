import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyPluginAsync } from 'fastify';
import { pageHtml } from '../page-html.js';
import { pageStyle } from '../page-style.js';

/** The page, its style and its scripts; they hold nothing of the run. */
export function pageRoutes(): FastifyPluginAsync {
  return async (app) => {
    app.addHook('onRoute', (route) => {
      route.config = { ...route.config, isOpen: true };
      route.schema = { ...route.schema, hide: true };
    });
    app.get('/', async (_request, reply) => {
      return reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(pageHtml);
    });
    app.get('/page/style.css', async (_request, reply) => {
      return reply.type('text/css; charset=utf-8').header('cache-control', 'no-cache').send(pageStyle);
    });
    await app.register(fastifyStatic, {
      root: fileURLToPath(new URL('../page/', import.meta.url)),
      prefix: '/page/',
      index: false,
      allowedPath: (path) => path.endsWith('.js'),
    });
  };
}
