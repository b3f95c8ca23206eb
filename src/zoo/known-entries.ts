import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { families } from '../models/published-names.js';
import { messageOf, UserError } from '../runtime/errors.js';
import { catalogue } from './catalogue.js';
import type { CatalogueEntry } from './catalogue-entry.js';

/** The file with a project's own entries, in the folder that the command is run in. */
export const projectFile = 'finetune.zoo.json';

const digest = z.strictObject({
  algorithm: z.enum(['md5', 'sha1', 'sha256']),
  hex: z.string().regex(/^[0-9a-f]{8,64}$/, 'expected at least 8 hexadecimal digits'),
});

const entry = z.strictObject({
  name: z.string().regex(/^[\w.-]+$/, 'expected a name of letters, digits, dots and dashes'),
  model: z.string(),
  family: z.enum(families),
  parameters: z.number().int().positive(),
  licence: z.string(),
  attribution: z.string(),
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  sources: z
    .array(
      z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('file'), path: z.string() }),
        z.strictObject({ kind: z.literal('cache') }),
        z.strictObject({ kind: z.literal('url'), url: z.url(), bytes: z.number().int().optional(), digest }),
      ]),
    )
    .min(1),
});

const schema = z.strictObject({ entries: z.array(entry) });

/**
 * The catalogue with the project's own entries behind it.
 *
 * @param onFault told in one line when the project's file is damaged: the catalogue is then all that is known. Without
 *   it that is thrown.
 */
export function knownEntries(
  onFault?: (message: string) => void,
  folder = process.cwd(),
): readonly CatalogueEntry[] {
  try {
    return [...catalogue, ...readProjectEntries(folder)];
  } catch (error) {
    if (!onFault || !(error instanceof UserError)) throw error;
    onFault(error.message);
    return catalogue;
  }
}

/**
 * A project's own entries; none where it has no such file.
 *
 * @throws UserError when the file is damaged, or an entry has the name of another.
 */
export function readProjectEntries(folder = process.cwd()): CatalogueEntry[] {
  const file = join(folder, projectFile);
  if (!existsSync(file)) return [];
  const { entries } = parse(file);
  const names = catalogue.map(({ name }) => name);
  for (const { name } of entries) {
    if (names.includes(name)) {
      throw new UserError(`Expected new names in '${file}' but '${name}' is there already. Rename it.`);
    }
    names.push(name);
  }
  return entries;
}

function parse(file: string): { entries: CatalogueEntry[] } {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UserError(
      `Expected '${file}' to be a list of weights in JSON but it is not: ${messageOf(error)}.`,
    );
  }
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data as { entries: CatalogueEntry[] };
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new UserError(`Expected '${file}' to hold entries of weights but it does not: ${faults.join('; ')}.`);
}
