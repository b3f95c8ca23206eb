/** The library's public face, as a program sees it that imports the package. */
import { expect, test } from 'vitest';
import * as library from '../src/index.js';

/** Before TensorFlow is set up, nothing that needs it may be imported: a fresh clone would stop there. */
test('what the command line imports before the set-up does not open TensorFlow', async () => {
  await import('../src/cli.js');
  await import('../src/runs/options.js');
  await import('../src/recipes/doctor.js');
  expect(loadedLibraries().filter((file) => file.includes('tensorflow'))).toEqual([]);
});

const loadedLibraries = () =>
  (process.report.getReport() as unknown as { sharedObjects: string[] }).sharedObjects;

test('importing the library does not open TensorFlow; using it does', async () => {
  expect(loadedLibraries().filter((file) => file.includes('tensorflow'))).toEqual([]);
  await expect(library.loadRun('no/such/run')).rejects.toThrow(library.UserError);
  expect(loadedLibraries().some((file) => file.includes('tensorflow'))).toBe(true);
});

test('mistakes are told in one line', async () => {
  await expect(library.loadRun('no/such/run')).rejects.toThrow(
    "Expected the folder of a run but 'no/such/run' does not exist.",
  );
  await expect(library.finetune({ data: 'no/such/folder', epochs: 0 })).rejects.toThrow(/epochs/);
  await expect(library.evaluateRun('no/such/run', { data: '.' })).rejects.toThrow(library.UserError);
  await expect(library.correct('no/such/run', { corrections: '.', out: 'new' })).rejects.toThrow(
    library.UserError,
  );
  await expect(library.correct('no/such/run', { corrections: '.', out: '.' })).rejects.toThrow(
    /not there yet/,
  );
});

test('what a run takes is estimated without weights, and leaves no tensor', async () => {
  const { tf } = await import('../src/runtime/tensorflow.js');
  const { numTensors } = tf.memory();
  const asked = { data: 'data/pets', base: 'squeezenet' } as const;
  const { pictures, seconds, memory } = await library.estimate(asked);
  expect(tf.memory().numTensors).toBe(numTensors);
  expect(pictures).toBe(520);
  expect(seconds.features).toBeGreaterThan(0);
  const larger = await library.estimate({ ...asked, input: 448, baseline: 'none' });
  expect(larger.memory).toBeGreaterThan(memory);
  expect(larger.seconds.others).toBeLessThan(seconds.others);
});
