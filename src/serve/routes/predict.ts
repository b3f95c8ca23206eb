import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { didYouMean } from '../../runtime/errors.js';
import { pictureAnswer, type PictureAnswer } from '../answer.js';
import { type Place, QueueFull } from '../batcher.js';
import type { Ask } from '../engine.js';
import { mostInBatch, mostNeighbours } from '../limits.js';
import { checkPicture, isPlain, pixelsOf, Refusal } from '../picture-upload.js';
import { seenPicture } from '../seen-picture.js';
import { filesOf, pictureOf } from '../request-body.js';
import type { Service } from '../service.js';
import * as schemas from './schemas.js';

interface Query {
  readonly top: number;
  readonly nearest: number;
  readonly explain: boolean;
  readonly class?: string;
  readonly images: boolean;
}

/** Pictures in, answers out. */
export function predictRoutes(service: Service): FastifyPluginAsync {
  return async (app) => {
    let isChecking = false;
    // Whoever is to come back is told so before a byte of the picture is received.
    app.addHook('onRequest', async () => {
      if (service.isReady) service.current.queue.expectPlace();
    });
    app.post<{ Querystring: Query }>(
      '/api/predict',
      { schema: schemas.predict },
      async (request, reply): Promise<PictureAnswer> => {
        refuseUnready(service);
        const { bytes } = await pictureOf(request);
        const [place] = takePlaces(service, reply, 1);
        return answer(service, { bytes, place: place!, query: request.query });
      },
    );
    app.post<{ Querystring: { readonly class: string } }>(
      '/api/check-map',
      { schema: schemas.checkMap },
      async (request) => {
        refuseUnready(service);
        const { bytes } = await pictureOf(request);
        classOf(request.query.class, service.current.facts.labels);
        await checkPicture(bytes, service.options.maxMegapixels);
        await pixelsOf(bytes, service.current.facts.decode);
        if (isChecking) throw new QueueFull(10);
        isChecking = true;
        try {
          return await service.checkMap(bytes, request.query.class);
        } finally {
          isChecking = false;
        }
      },
    );
    app.post<{ Querystring: Query }>(
      '/api/predict/many',
      { schema: schemas.predictMany },
      async (request: FastifyRequest<{ Querystring: Query }>, reply) => {
        refuseUnready(service);
        const files = await filesOf(request);
        if (files.length > mostInBatch) {
          throw new Refusal(
            413,
            `Expected at most ${mostInBatch} pictures at once but received ${files.length}.`,
          );
        }
        const places = takePlaces(service, reply, files.length);
        const results = await Promise.all(
          files.map(async ({ name, bytes }, i) => {
            try {
              return { name, ...(await answer(service, { bytes, place: places[i]!, query: request.query })) };
            } catch (error) {
              if (error instanceof Refusal)
                return { name, error: error.message, statusCode: error.statusCode };
              throw error;
            }
          }),
        );
        return { results };
      },
    );
  };
}

/** Places for pictures; should their sender go, others may have them. */
function takePlaces({ current }: Service, { raw }: FastifyReply, count: number): Place[] {
  const places = current.queue.take(count);
  raw.once('close', () => places.forEach((place) => place.free()));
  return places;
}

async function answer(
  service: Service,
  { bytes, place, query }: { bytes: Buffer; place: Place; query: Query },
): Promise<PictureAnswer> {
  const { current, options, training } = service;
  try {
    const ask = askOf(query, current.facts.labels);
    await checkPicture(bytes, options.maxMegapixels);
    const pixels = await pixelsOf(bytes, current.facts.decode);
    const plain = isPlain(pixels, current.facts.decode);
    const found = await current.queue.add({ pixels, ask }, place);
    const trained = current.hasTrainedOn(bytes);
    const told = pictureAnswer(current, found, { top: query.top, plain, trained, training });
    if (!query.images || !found.map) return told;
    return { ...told, images: await seenPicture(bytes, current.facts.decode, found.map) };
  } finally {
    place.free();
  }
}

function askOf({ explain, nearest, ...query }: Query, labels: readonly string[]): Ask {
  const count = Math.min(nearest, mostNeighbours);
  const near = count > 0 && { nearest: count };
  if (query.class === undefined) return { ...near, ...(explain && { explain: 'answer' }) };
  return { ...near, explain: classOf(query.class, labels) };
}

/** The place of a class. @throws Refusal 422 when there is none of that name. */
export function classOf(name: string, labels: readonly string[]): number {
  const place = labels.indexOf(name);
  if (place >= 0) return place;
  throw new Refusal(
    422,
    `Expected a class of this run but received '${name.slice(0, 200)}'.${didYouMean(name.slice(0, 200), labels)}`,
  );
}

export function refuseUnready({ isReady }: Service): void {
  if (!isReady) throw Object.assign(new Refusal(503, 'The network is not open yet. Come back in a moment.'));
}
