import { readdir } from 'node:fs/promises';
import path from 'node:path';
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
