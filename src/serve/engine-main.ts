/** The process that holds the network. */
import fs from 'node:fs';
import { readRunClassifier } from '../runs/classifier.js';
import { demandDevice } from '../runtime/device-facts.js';
import { chooseDevice } from '../runtime/gpu.js';
import { ensureTensorFlow } from '../runtime/install/ensure.js';
import { answerRequests } from './child-side.js';
import type { Engine } from './engine.js';
import type { EngineRequest, EngineResults } from './engine-messages.js';

let engine: Engine | undefined;

answerRequests<EngineRequest>(async (request): Promise<EngineResults[keyof EngineResults]> => {
  switch (request.kind) {
    case 'open':
      return open(request);
    case 'answer':
      return engine!.answer(request.pixels, request.asks);
    case 'nearest': {
      const { NearestPictures } = await import('./nearest.js');
      const values = new Float32Array(Uint8Array.from(fs.readFileSync(request.file)).buffer);
      engine!.searchAmong(await NearestPictures.among(values, request.size));
      return undefined;
    }
  }
});

async function open({ run, device }: EngineRequest & { kind: 'open' }): Promise<EngineResults['open']> {
  await ensureTensorFlow({ device });
  chooseDevice(device);
  const { describeDevice } = await import('../runtime/device.js');
  demandDevice(device, describeDevice());
  const { Engine: Opened } = await import('./engine.js');
  engine = new Opened(await readRunClassifier(run));
  // TensorFlow allocates and tunes on the first call: nobody is to wait for that
  const { height, width, channels } = engine.facts.decode;
  for (const count of [1, 16]) {
    const asks = Array.from({ length: count }, () => ({ explain: 'answer' as const }));
    engine.answer(new Uint8Array(count * height * width * channels), asks);
  }
  return engine.facts;
}
