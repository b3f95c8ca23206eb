import { STATUS_CODES } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import multipart from '@fastify/multipart';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import underPressure from '@fastify/under-pressure';
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { GivenUp, QueueFull } from './batcher.js';
import { ProcessEnded } from './child-process.js';
import { guard } from './guard.js';
import { securityHeaders } from './headers.js';
import { headersTimeoutMs, mostHeldRefusals, mostInBatch, refusalMs, requestTimeoutMs } from './limits.js';
import { Refusal } from './picture-upload.js';
import { correctionRoutes } from './routes/corrections.js';
import { modelRoutes } from './routes/model.js';
import { pageRoutes } from './routes/page.js';
import { predictRoutes } from './routes/predict.js';
import { sessionRoutes } from './routes/session.js';
import { stateRoutes } from './routes/state.js';
import { packageVersion } from '../runtime/package-version.js';
import type { Service } from './service.js';
import { UploadBudget } from './upload-budget.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answered without the token: what holds nothing of the run. */
    readonly isOpen?: boolean;
  }
  interface FastifyRequest {
    freeBudget?: () => void;
  }
}

/** Beside the files of a multipart body: its fields and the lines between. */
const multipartExtra = 64 * 1024;

/** The server's routes and all that stands before them; it does not listen yet. */
export async function buildApp(service: Service): Promise<FastifyInstance> {
  const { options, metrics } = service;
  const mostBytes = Math.round(options.maxMegabytes * 1e6);
  const app = fastify({
    bodyLimit: mostBytes,
    requestTimeout: requestTimeoutMs,
    http: { headersTimeout: headersTimeoutMs, connectionsCheckingInterval: 2000 },
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    routerOptions: { maxParamLength: 64 },
    exposeHeadRoutes: true,
  });
  // The schemas are for those who read them and for queries; their words are ours.
  const refusing = slowRefusals();
  app.setErrorHandler<FastifyError>(async (error, _request, reply) => {
    if (error instanceof QueueFull) await refusing();
    return answerError(error, reply, service);
  });
  app.setNotFoundHandler(() => {
    throw new Refusal(404, 'Expected an address of this server but there is nothing here. See /docs.');
  });

  const budget = new UploadBudget();
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders);
    guard(options, request.routeOptions.config.isOpen ?? false)(request);
    if (request.method === 'POST') request.freeBudget = budget.take(announcedBytes(request, mostBytes));
  });
  app.addHook('onResponse', async (request, reply) => {
    request.freeBudget?.();
    const route = request.routeOptions.url ?? 'none';
    metrics.requestDone(route, request.method, reply.statusCode, reply.elapsedTime / 1000);
  });
  app.addHook('onRequestAbort', async (request) => request.freeBudget?.());
  app.addHook('onTimeout', async (request) => request.freeBudget?.());

  await app.register(underPressure, {
    maxEventLoopDelay: 2000,
    // a stall as long as this reads as one without end: longer than the delay that is allowed
    sampleInterval: 10_000,
    retryAfter: 2,
    message: 'The server is too busy. Come back in a moment.',
  });
  await app.register(rateLimit, {
    global: options.rateLimit !== undefined,
    max: options.rateLimit ?? 1000,
    timeWindow: '1 minute',
    errorResponseBuilder: (_request, { after }) =>
      new Refusal(429, `Expected fewer requests but received more than allowed: come back in ${after}.`),
  });
  await app.register(multipart, {
    limits: { fileSize: mostBytes, files: mostInBatch, fields: 8, fieldSize: 4096, parts: mostInBatch + 8 },
  });
  app.addContentTypeParser(
    /^(image\/[\w.+-]+|application\/octet-stream)$/i,
    { parseAs: 'buffer', bodyLimit: mostBytes },
    (_request, body, done) => done(null, body),
  );
  await app.register(swagger, { openapi: openApi(options.token !== undefined) });
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: false });

  await app.register(stateRoutes(service));
  await app.register(pageRoutes());
  await app.register(sessionRoutes(service));
  await app.register(modelRoutes(service));
  await app.register(predictRoutes(service));
  await app.register(correctionRoutes(service));
  return app;
}

/** What a request says that its body has; the most it may have where it does not say. */
function announcedBytes({ headers }: FastifyRequest, mostBytes: number): number {
  const most = mostInBatch * mostBytes + multipartExtra;
  const length = Number(headers['content-length']);
  return Number.isInteger(length) && length >= 0 ? Math.min(length, most) : mostBytes;
}

/** Settles after a while, but for those that are too many to be held. */
function slowRefusals(): () => Promise<void> {
  let held = 0;
  return async () => {
    if (held >= mostHeldRefusals) return;
    held++;
    await wait(refusalMs);
    held--;
  };
}

/** One shape for every error, with words for the sender; what went wrong inside is not told. */
function answerError(error: FastifyError | Error, reply: FastifyReply, { metrics }: Service) {
  if (error instanceof QueueFull) {
    metrics.queueWasFull();
    reply.header('retry-after', String(error.retryAfter));
    return send(503, 'The queue is full. Come back in a moment.');
  }
  if (error instanceof ProcessEnded) {
    reply.header('retry-after', '5');
    return send(503, 'The network is being opened anew. Come back in a moment.');
  }
  // nobody hears it, but the metrics count it, as proxies do, and not as a fault of ours
  if (error instanceof GivenUp) return send(499, 'The sender has gone.');
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
  if (status >= 500 && status !== 503) {
    return send(500, 'Something went wrong on our side.');
  }
  return send(status, error.message);

  function send(code: number, message: string) {
    return reply
      .code(code)
      .type('application/json; charset=utf-8')
      .send(JSON.stringify({ statusCode: code, error: STATUS_CODES[code], message }));
  }
}

function openApi(hasToken: boolean) {
  return {
    info: {
      title: 'finetune serve',
      description: 'A trained classifier: pictures in, classes with honest probabilities out.',
      version: packageVersion(),
    },
    ...(hasToken && {
      components: { securitySchemes: { token: { type: 'http' as const, scheme: 'bearer' } } },
      security: [{ token: [] }],
    }),
  };
}
