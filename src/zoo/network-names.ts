import fs from 'node:fs';
import { acceptedNames } from '../models/registry.js';
import { didYouMean, UserError } from '../runtime/errors.js';

/** Throws a UserError for what is neither a folder nor a network of the zoo, before anything costly is begun. */
export function checkClassifierName(given: string): void {
  const names = acceptedNames();
  if (fs.existsSync(given) || names.includes(given)) return;
  const meant = didYouMean(given, names);
  throw new UserError(
    `Expected the folder of a run, or a network of the zoo, but '${given}' does not exist.${meant}`,
  );
}
