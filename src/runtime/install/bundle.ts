/** A folder with all that a machine without any network needs: laid out as the cache is, every file with its digest. */
import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../atomic-file.js';
import { cacheRoot } from '../cache.js';
import { messageOf, UserError } from '../errors.js';
import { fileDigest } from '../file-digest.js';
import { makeFolder } from '../make-folder.js';
import { readRecord } from '../record-file.js';
import { addonFile, buildAddon, findCompiler } from './addon.js';
import { openAddon } from './open-addon.js';
import { tensorflowVersion } from './releases.js';
import { whileSettingUp } from './setup-lock.js';
import type { OnSetupProgress } from './setup-progress.js';

/** Its list of what is in it. */
export const bundleFile = 'bundle.json';

const schema = z.object({
  version: z.literal(1),
  tensorflow: z.string(),
  /** `linux-x64`. */
  platform: z.string(),
  /** The folder of the release, relative to the bundle. */
  release: z.string(),
  files: z.array(z.object({ path: z.string(), bytes: z.number(), sha256: z.string() })),
  links: z.array(z.object({ path: z.string(), to: z.string() })),
});
type Bundle = z.infer<typeof schema>;

const platform = () => `${process.platform}-${process.arch}`;

/**
 * Copies folders of the cache into a bundle, and lists them with their digests.
 *
 * @param directory new or empty.
 * @param release the folder of the release in use, its addon included.
 * @param others more folders and files of the cache to take along.
 */
export async function writeBundle(
  directory: string,
  release: string,
  others: readonly string[],
  onProgress: OnSetupProgress,
): Promise<{ readonly files: number; readonly bytes: number }> {
  const bundle: Bundle = {
    version: 1,
    tensorflow: tensorflowVersion,
    platform: platform(),
    release: inCache(release),
    files: [],
    links: [],
  };
  const sources = [release, ...others].flatMap(entriesUnder);
  const total = sources.reduce((sum, file) => sum + fs.lstatSync(file).size, 0);
  let bytes = 0;
  for (const source of sources) {
    const own = inCache(source);
    const place = path.join(directory, own);
    makeFolder(path.dirname(place));
    if (fs.lstatSync(source).isSymbolicLink()) {
      bundle.links.push({ path: own, to: fs.readlinkSync(source) });
      continue;
    }
    fs.copyFileSync(source, place, fs.constants.COPYFILE_FICLONE);
    const { size } = fs.statSync(place);
    bundle.files.push({ path: own, bytes: size, sha256: await fileDigest(place) });
    onProgress({ kind: 'work', stage: 'Copying', done: (bytes += size), total, unit: 'bytes' });
  }
  await writeFileAtomic(path.join(directory, bundleFile), `${JSON.stringify(bundle, null, 1)}\n`);
  return { files: bundle.files.length, bytes };
}

/** Relative to the cache, which the bundle is laid out like; with slashes. */
function inCache(file: string): string {
  return path.relative(cacheRoot(), file).replaceAll(path.sep, '/');
}

/** Files and links; what a link leads to is not gone into. */
function entriesUnder(place: string): string[] {
  if (!fs.lstatSync(place).isDirectory()) return [place];
  return fs
    .readdirSync(place)
    .sort()
    .flatMap((name) => entriesUnder(path.join(place, name)));
}

/**
 * Puts what is in a bundle into the cache, asking no network: every file is held to its digest first, and the release that
 * was there stays until all of it has come and its addon has been opened or, where it does not fit this machine, compiled.
 *
 * @returns the folder of the release, and how many files of weights came along.
 * @throws UserError when the bundle is damaged, or for another kind of machine.
 */
export async function installFromBundle(
  directory: string,
  onProgress: OnSetupProgress,
): Promise<{ readonly release: string; readonly weights: number }> {
  const bundle = readRecord(
    path.join(directory, bundleFile),
    schema,
    'the list of a bundle',
    'Copy the bundle once more, or pack it anew.',
  );
  const here = platform();
  if (bundle.platform !== here || bundle.tensorflow !== tensorflowVersion) {
    throw new UserError(
      `Expected a bundle with TensorFlow ${tensorflowVersion} for ${here} but '${directory}' has ${bundle.tensorflow} for ${bundle.platform}. Make it with 'finetune setup --bundle' of this version on such a machine.`,
    );
  }
  expectInside(bundle, directory);
  await verify(directory, bundle, onProgress);
  await whileSettingUp(() => install(directory, bundle, onProgress), onProgress);
  return {
    release: path.join(cacheRoot(), bundle.release),
    weights: bundle.files.filter((file) => file.path.startsWith('weights/')).length,
  };
}

async function install(directory: string, bundle: Bundle, onProgress: OnSetupProgress): Promise<void> {
  const arriving = path.join(cacheRoot(), 'bundle.partial');
  fs.rmSync(arriving, { recursive: true, force: true });
  for (const { path: own } of bundle.files) {
    makeFolder(path.dirname(path.join(arriving, own)));
    fs.copyFileSync(path.join(directory, own), path.join(arriving, own), fs.constants.COPYFILE_FICLONE);
  }
  for (const { path: own, to } of bundle.links) {
    makeFolder(path.dirname(path.join(arriving, own)));
    fs.symlinkSync(to, path.join(arriving, own));
  }
  const put = (place: string) => move(path.join(arriving, place), path.join(cacheRoot(), place));
  const places = placesOf(arriving);
  try {
    // The release comes last: its addon is compiled from the sources that come along.
    for (const place of places) if (place !== path.normalize(bundle.release)) put(place);
    await addonFor(path.join(arriving, bundle.release), onProgress);
    put(bundle.release);
  } finally {
    fs.rmSync(arriving, { recursive: true, force: true });
  }
}

/** @throws UserError of a list whose files or links would land, or lead, outside the cache. */
function expectInside({ release, files, links }: Bundle, directory: string): void {
  const linked = new Set(links.map((link) => link.path));
  const parents = (own: string): string[] => {
    const parent = path.posix.dirname(own);
    return parent === '.' ? [] : [parent, ...parents(parent)];
  };
  const strange = [
    ...(/^tensorflow\/[^/]+$/.test(release) ? [] : [release]),
    ...[release, ...files.map((file) => file.path), ...linked].filter(
      (own) => !isInCache(own) || parents(own).some((parent) => linked.has(parent)),
    ),
    ...[release, ...files.map((file) => file.path)].filter((own) => linked.has(own)),
    // Of a target that goes up only where it begins, the text tells where it leads.
    ...links
      .filter(({ path: own, to }) => {
        const leads = path.posix.join(path.posix.dirname(own), to);
        return path.posix.isAbsolute(to) || path.posix.normalize(to) !== to || !isInCache(leads);
      })
      .map(({ path: own, to }) => `${own} → ${to}`),
  ];
  if (strange.length === 0) return;
  throw new UserError(
    `Expected the files of a bundle but '${path.join(directory, bundleFile)}' names '${strange[0]}'.`,
  );
}

function isInCache(own: string): boolean {
  return /^(tensorflow|weights)\/./.test(own) && path.posix.normalize(own) === own;
}

async function verify(directory: string, { files }: Bundle, onProgress: OnSetupProgress): Promise<void> {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  for (const { path: own, bytes, sha256 } of files) {
    const file = path.join(directory, own);
    const came = await fileDigest(file).catch((error: unknown) => messageOf(error));
    if (came !== sha256) {
      throw new UserError(
        `Expected '${file}' with SHA-256 ${sha256} but it is not so: ${came}. Copy the bundle again.`,
      );
    }
    onProgress({ kind: 'work', stage: 'Verifying', done: (done += bytes), total, unit: 'bytes' });
  }
}

/** What is put in its place whole: each folder under tensorflow/, each file of weights. */
function placesOf(arriving: string): string[] {
  return ['tensorflow', 'weights'].flatMap((part) => {
    const folder = path.join(arriving, part);
    return fs.existsSync(folder) ? fs.readdirSync(folder).map((name) => path.join(part, name)) : [];
  });
}

function move(from: string, to: string): void {
  makeFolder(path.dirname(to));
  fs.rmSync(to, { recursive: true, force: true });
  fs.renameSync(from, to);
}

async function addonFor(release: string, onProgress: OnSetupProgress): Promise<void> {
  const addon = addonFile(release);
  const fault = fs.existsSync(addon)
    ? await openAddon(addon).then(() => undefined, messageOf)
    : 'it is of another version of finetune';
  if (fault === undefined) return;
  const compiler = await findCompiler();
  if ('found' in compiler) return buildAddon(release, compiler.found, onProgress);
  throw new UserError(
    `Expected the addon in the bundle to open here but: ${fault}; and there is no C++ compiler to make another (${compiler.missing}). Install one, or make the bundle on a machine like this one.`,
  );
}
