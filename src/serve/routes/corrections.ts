import type { FastifyPluginAsync } from 'fastify';
import { checkPicture, pixelsOf, Refusal } from '../picture-upload.js';
import { formOf } from '../request-body.js';
import type { Service } from '../service.js';
import { classOf, refuseUnready } from './predict.js';
import * as schemas from './schemas.js';

/** The loop: what is wrong is kept, the head is trained again, and whoever sits there takes or leaves it. */
export function correctionRoutes(service: Service): FastifyPluginAsync {
  return async (app) => {
    app.get('/api/corrections', { schema: schemas.corrections.list }, async () => kept(service));
    app.post('/api/corrections', { schema: schemas.corrections.keep }, async (request) => {
      const { files, fields } = await formOf(request);
      const [file, more] = files;
      if (!file || more) throw new Refusal(400, 'Expected one picture in the form.');
      const given = fields.get('label');
      if (given === undefined) throw new Refusal(400, "Expected the class in the form's field 'label'.");
      const label = classOf(given, service.current.facts.labels);
      const { format } = await checkPicture(file.bytes, service.options.maxMegapixels);
      await pixelsOf(file.bytes, service.current.facts.decode);
      await service.corrections.keep(file.bytes, format, label);
      return kept(service);
    });
    app.delete<{ Params: { digest: string } }>(
      '/api/corrections/:digest',
      { schema: schemas.corrections.forget },
      async ({ params }) => {
        if (service.corrections.forget(params.digest)) return kept(service);
        throw new Refusal(404, 'Expected a correction that is kept but there is none of these bytes.');
      },
    );

    app.get('/api/retrain', { schema: schemas.retrain.state }, async () => told(service));
    app.post('/api/retrain', { schema: schemas.retrain.begin }, async (_request, reply) => {
      refuseUnready(service);
      if (kept(service).total === 0) {
        throw new Refusal(
          409,
          'Expected corrected pictures to train on but there are none. Correct some first.',
        );
      }
      if (!service.current.figures) {
        throw new Refusal(409, 'Expected the folder of a whole run but it holds a classifier alone.');
      }
      service.train();
      reply.code(202);
      return told(service);
    });
    app.post('/api/retrain/take', { schema: schemas.retrain.take }, async () => {
      await service.take();
      return { run: service.current.name };
    });
    app.post('/api/retrain/leave', { schema: schemas.retrain.leave }, async () => {
      service.successor.leave();
      return told(service);
    });
  };
}

function kept({ corrections, current }: Service) {
  const counts = corrections.counts();
  return {
    total: counts.reduce((sum, count) => sum + count, 0),
    perClass: counts.map((pictures, i) => ({ label: current.facts.labels[i]!, pictures })),
  };
}

/** Why it failed is told without where things lie. */
function told({ successor }: Service) {
  const { state } = successor;
  if (state.state !== 'failed') return state;
  return { ...state, message: state.message.replace(/'[^']*[/\\][^']*'/g, 'a folder of the server') };
}
