/** A process for work that takes its time, beside the one that answers. */
import { chooseDevice } from '../runtime/gpu.js';
import { ensureTensorFlow } from '../runtime/install/ensure.js';
import type { Progress } from '../runtime/progress.js';
import { answerRequests, tell } from './child-side.js';
import type { JobRequest, JobResults } from './job-messages.js';
import { mapCheckOf } from './map-check.js';

answerRequests<JobRequest>(async (request): Promise<JobResults[keyof JobResults]> => {
  const { run, device } = request;
  await ensureTensorFlow({ device });
  chooseDevice(device);
  const hooks = { onProgress: (progress: Progress) => tell(progress) };
  switch (request.kind) {
    case 'training features': {
      const { writeTrainingFeatures } = await import('../recipes/training-features.js');
      return writeTrainingFeatures(run, request, hooks);
    }
    case 'correct': {
      const { correctRun } = await import('../recipes/correct.js');
      return correctRun(run, request, hooks);
    }
    case 'check map': {
      const { explainPictures } = await import('../recipes/explain.js');
      const picture = { path: 'picture', file: request.file };
      return mapCheckOf(await explainPictures(run, [picture], { class: request.class }, hooks));
    }
  }
});
