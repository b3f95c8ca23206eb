import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Network } from '../../src/models/network.js';
import { UserError } from '../../src/runtime/errors.js';
import { entriesFor } from '../../src/zoo/catalogue.js';
import { type LoadedWeights, loadPublished } from '../../src/zoo/load-weights.js';
import type { Lesson } from './lesson.js';

/**
 * A picture to look at: a photograph of those that `--data` names, else one of the drawn ones that come with the
 * project.
 */
export async function aPhotograph(lesson: Lesson, which = 0): Promise<string> {
  const photographs = lesson.data('pets');
  if (photographs === undefined) return 'data/pets/train/cat/001.jpg';
  const test = path.join(photographs, 'test');
  const classes = (await readdir(test)).sort();
  const folder = path.join(test, classes[which % classes.length]!);
  return path.join(folder, (await readdir(folder)).sort()[0]!);
}

/** A network's published weights if they are on this machine; nothing is fetched. */
export async function weightsAtHand(model: string, network: Network): Promise<LoadedWeights | undefined> {
  try {
    return await loadPublished(entriesFor(model, network), network, { offline: true });
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
