import type { FastifyPluginAsync } from 'fastify';
import type { Service } from '../service.js';

const tags = ['state'];

/** Whether the server lives, whether it takes requests, and its figures. */
export function stateRoutes(service: Service): FastifyPluginAsync {
  return async (app) => {
    // asked by those who watch over it, most of all when it is busy
    const open = { config: { isOpen: true, rateLimit: false as const, pressureHandler: () => undefined } };
    app.get('/health', { ...open, schema: { tags, summary: 'Whether the server lives' } }, async () => ({
      status: 'ok',
    }));
    app.get(
      '/ready',
      {
        ...open,
        schema: { tags, summary: 'Whether it takes pictures: 200, or 503 while the network is opened' },
      },
      async (_request, reply) => {
        if (!service.isReady) reply.code(503).header('retry-after', '2');
        return { status: service.isReady ? 'ready' : 'not ready' };
      },
    );
    app.get(
      '/metrics',
      { schema: { tags, summary: "Figures in Prometheus' text format" }, config: { rateLimit: false } },
      async (_request, reply) => {
        reply.type(service.metrics.registry.contentType);
        return service.metrics.registry.metrics();
      },
    );
  };
}
