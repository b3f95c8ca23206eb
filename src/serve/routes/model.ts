import type { FastifyPluginAsync } from 'fastify';
import { Refusal } from '../picture-upload.js';
import type { Service } from '../service.js';

const tags = ['run'];

/** What answers, and the pictures that it was trained on. */
export function modelRoutes(service: Service): FastifyPluginAsync {
  return async (app) => {
    app.get('/api/model', { schema: { tags, summary: 'The run: its classes and its figures' } }, async () => {
      const { name, facts, figures } = service.current;
      const { labels, method, layer, decode } = facts;
      const { height, width, resize } = decode;
      return {
        run: name,
        labels,
        explanation: { method, layer },
        sees: { height, width, resize },
        ...(figures && { heldOut: figures }),
        trainingPictures: service.training?.size ?? 0,
        maxMegabytes: service.options.maxMegabytes,
      };
    });
    app.get<{ Params: { place: number } }>(
      '/api/training/:place',
      {
        schema: {
          tags,
          summary: 'A training picture as a small JPEG',
          params: { type: 'object', properties: { place: { type: 'integer', minimum: 0 } } },
        },
      },
      async ({ params }, reply) => {
        const bytes = await service.training?.thumbnail(params.place);
        if (!bytes) throw new Refusal(404, 'Expected a training picture but there is none of this number.');
        return reply.type('image/jpeg').header('cache-control', 'private, max-age=3600').send(bytes);
      },
    );
  };
}
