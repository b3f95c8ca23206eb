import { type Examples, joinExamples } from '../features/examples.js';
import type { Weights } from '../formats/tensors.js';
import { fitFinal, fitMeasured, type TrainingJob, withTrainer } from './training-job.js';
import type { Trained } from './trained.js';

/**
 * Trains a network twice: on the training pictures, the validation pictures deciding when to stop and how sure it may be;
 * then for as many epochs on all but the held-out pictures.
 *
 * @param initial the weights that each of the two begins with.
 */
export async function fitTwice(
  job: TrainingJob,
  { measured, final }: { readonly measured: Weights; readonly final: Weights },
  data: { readonly train: Examples; readonly validation: Examples; readonly test: Examples },
  { weightDecay, name, secondsBefore = 0 }: { weightDecay: number; name: string; secondsBefore?: number },
): Promise<Trained> {
  const started = performance.now();
  const { network } = job;
  return withTrainer(job, measured, async (trainer) => {
    const { result, validationRight, temperature, calibration } = await fitMeasured(
      job,
      trainer,
      { initial: measured, train: data.train, validation: data.validation },
      { weightDecay, name: `${name} measured` },
    );
    const all = { initial: final, train: joinExamples(data.train, data.validation), test: data.test };
    const { result: last, testProbabilities } = await fitFinal(job, trainer, all, {
      weightDecay,
      epochs: result.bestEpoch,
      temperature,
      name,
    });
    return {
      classifier: { network, weights: last.weights },
      measuredClassifier: { network, weights: result.weights },
      weightDecay,
      temperature,
      measured: result,
      testProbabilities,
      trainableParameters: trainer.trainableParameters,
      validationRight,
      calibration,
      seconds: secondsBefore + (performance.now() - started) / 1000,
    };
  });
}
