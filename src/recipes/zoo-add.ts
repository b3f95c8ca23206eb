import path from 'node:path';
import { parameterCount } from '../models/network-weights.js';
import { type Family, families } from '../models/published-names.js';
import { modelSpec } from '../models/registry.js';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { oneOfNames, UserError } from '../runtime/errors.js';
import { catalogue } from '../zoo/catalogue.js';
import type { CatalogueEntry, FileDigest, Source } from '../zoo/catalogue-entry.js';
import { projectFile, readProjectEntries } from '../zoo/known-entries.js';
import { canonicalDigest } from '../formats/tensors.js';
import { readWholeOrBase } from './zoo-convert.js';

export interface ZooAddOptions {
  /** The network, as in the registry. */
  readonly base: string;
  /** A file on this machine, or … */
  readonly file?: string | undefined;
  /** … its address, with `digest` and, when it is only the base, `part`. */
  readonly url?: string | undefined;
  /** `sha256:…`, `sha1:…` or `md5:…` of the file behind the address. */
  readonly digest?: string | undefined;
  readonly part?: string | undefined;
  /** Whose names and preprocessing the weights have; found in the file where it can be. */
  readonly family?: string | undefined;
  readonly licence?: string | undefined;
  readonly attribution?: string | undefined;
}

/**
 * Adds weights of one's own to the project's file, from where `--weights NAME` takes them.
 *
 * @returns the entry as it was written.
 * @throws UserError when the name is taken, or the file does not fit the network.
 */
export async function zooAdd(
  name: string,
  options: ZooAddOptions,
  folder = process.cwd(),
): Promise<CatalogueEntry> {
  const entries = readProjectEntries(folder);
  if ([...catalogue, ...entries].some((entry) => entry.name === name)) {
    throw new UserError(`Expected a new name but '${name}' is in the zoo already. Choose another.`);
  }
  if (!/^[\w.-]+$/.test(name)) {
    throw new UserError(`Expected a name of letters, digits, dots and dashes but received '${name}'.`);
  }
  if ((options.file === undefined) === (options.url === undefined)) {
    throw new UserError('Expected either --file or --url, where the weights are.');
  }
  if (options.file !== undefined && (options.digest ?? options.part) !== undefined) {
    const option = options.digest === undefined ? '--part' : '--digest';
    throw new UserError(`Expected ${option} with --url alone: of a file here it is found in the file.`);
  }
  const entry: CatalogueEntry = {
    name,
    model: modelSpec(options.base).name,
    licence: options.licence ?? 'not known',
    attribution: options.attribution ?? 'not known',
    ...(options.file === undefined ? fromUrl(options) : await fromFile(options.file, options)),
  };
  const text = `${JSON.stringify({ entries: [...entries, entry] }, null, 2)}\n`;
  await writeFileAtomic(path.join(folder, projectFile), text);
  return entry;
}

type Found = Pick<CatalogueEntry, 'family' | 'parameters' | 'digest' | 'sources'>;

async function fromFile(file: string, options: ZooAddOptions): Promise<Found> {
  const read = await readWholeOrBase(options.base, file);
  return {
    family: familyOf(options) ?? read.family ?? usualFamily(options.base),
    parameters: parameterCount(read.network),
    digest: canonicalDigest(read.weights),
    sources: [{ kind: 'file', path: path.resolve(file) }],
  };
}

function fromUrl({ url, digest, part = 'whole', ...options }: ZooAddOptions): Found {
  if (part !== 'whole' && part !== 'base') {
    throw new UserError(`Expected --part whole or base but received '${part}'.`);
  }
  const { build, buildBase } = modelSpec(options.base);
  const source: Source = { kind: 'url', url: url!, digest: parseDigest(digest) };
  return {
    family: familyOf(options) ?? usualFamily(options.base),
    parameters: parameterCount(part === 'whole' ? build() : buildBase()),
    sources: [{ kind: 'cache' }, source],
  };
}

function parseDigest(text = ''): FileDigest {
  const [, algorithm, hex] = /^(md5|sha1|sha256):([0-9a-f]{8,64})$/.exec(text.toLowerCase()) ?? [];
  if (hex) return { algorithm: algorithm as FileDigest['algorithm'], hex };
  throw new UserError(
    `Expected --digest like sha256:9f86d081… of the file behind --url but received '${text}'. ` +
      "'sha256sum FILE' prints it.",
  );
}

function familyOf({ family }: Pick<ZooAddOptions, 'family'>): Family | undefined {
  return family === undefined ? undefined : oneOfNames('--family', family, families);
}

/** The family whose weights the network's own preprocessing is made for. */
function usualFamily(base: string): Family {
  const { name } = modelSpec(base);
  return catalogue.find((entry) => entry.model === name)?.family ?? 'keras';
}
