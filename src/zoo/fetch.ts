import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { STATUS_CODES } from 'node:http';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { FileDigest } from './catalogue-entry.js';
import { fileDigest } from '../runtime/file-digest.js';
import { makeFolder } from '../runtime/make-folder.js';
import { isSystemError, withPath } from '../runtime/system-errors.js';
import { Effort } from './effort.js';
import { get, type HttpAnswer, type Patience } from './http.js';
import type { Environment } from './proxy.js';
import { Unreachable } from './unreachable.js';

/** What a fetch tells while it works. */
export type FetchProgress =
  /** Bytes here so far, those of an earlier attempt included, of those expected; 0 when the server does not say. */
  | { readonly kind: 'bytes'; readonly source: string; readonly received: number; readonly total: number }
  /** Something worth a line: another source, another attempt, a file refused. */
  | { readonly kind: 'note'; readonly message: string };

/** A file on the web and what it must be. */
export interface Download {
  readonly url: string;
  /** Its length, where it is known beforehand. */
  readonly bytes?: number | undefined;
  /** Left out where nobody publishes one: then nothing but the length is checked here. */
  readonly digest?: FileDigest | undefined;
}

export interface DownloadOptions {
  readonly onProgress?: (event: FetchProgress) => void;
  readonly environment?: Environment;
  readonly patience?: Patience;
  /** Milliseconds before the second attempt; every further one waits twice as long. */
  readonly backOffMs?: number;
  /** Ends the fetch; what came until then stays for the next one. */
  readonly signal?: AbortSignal;
}

const defaultPatience: Patience = { connectMs: 5_000, stallMs: 30_000 };

/** Attempts in a row that get no further before the source is given up. */
const attempts = 4;

/** No published network is longer: more than that is a server that does not come to an end. */
const longestFile = 2e9;

/** The source will not do better by asking again. */
class Final extends Error {}

/**
 * Fetches a file; on return it is whole, verified and in place under `destination`.
 *
 * Until then its bytes are in `destination.part`, which an interrupted fetch leaves behind and the next one carries
 * on with, if the server still has the same file (Range and If-Range, RFC 9110 sections 13.1.5 and 14); otherwise it
 * starts over. Server errors and broken connections are tried again with growing waits, hosts that cannot be reached
 * are not; a server that goes on for ever and gets nowhere is given up (see Effort).
 *
 * @throws Error that says why the source failed, without naming it; an error of the disk as the system has it.
 */
export async function download(
  file: Download,
  destination: string,
  options: DownloadOptions = {},
): Promise<void> {
  const { onProgress, backOffMs = 500, signal } = options;
  const part = `${destination}.part`;
  makeFolder(dirname(destination));
  const effort = new Effort(await sizeOfPart(part), file.bytes ?? longestFile);
  for (let fruitless = 0; ;) {
    const { furthest } = effort;
    try {
      await attempt(file, part, effort, options);
      await verify(file, part);
      await rename(part, destination);
      await rm(validatorFile(part), { force: true });
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (isSystemError(error)) await discard(part).catch(() => undefined); // the disk's fault, not the network's
      if (error instanceof Final || error instanceof Unreachable || isSystemError(error)) throw error;
      fruitless = effort.furthest > furthest ? 1 : fruitless + 1;
      const { message } = error as Error;
      if (fruitless >= attempts) throw new Error(`${message}, in each of ${attempts} attempts`);
      const hopeless = effort.hopeless;
      if (hopeless) throw new Error(hopeless);
      const waitMs = backOffMs * 2 ** (fruitless - 1);
      onProgress?.({ kind: 'note', message: `${file.url}: ${message}; trying again in ${waitMs / 1000} s` });
      await wait(waitMs, undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
    }
  }
}

async function attempt(
  file: Download,
  part: string,
  effort: Effort,
  { onProgress, environment = process.env, patience = defaultPatience, signal }: DownloadOptions,
): Promise<void> {
  const have = await sizeOfPart(part);
  const validator = have > 0 ? await readFile(validatorFile(part), 'utf8').catch(() => '') : '';
  const resume: Record<string, string> = validator ? { range: `bytes=${have}-`, 'if-range': validator } : {};
  const answer = await get(file.url, resume, patience, environment, signal);
  try {
    const start = startOf(answer, have);
    if (start === undefined) {
      await discard(part);
      throw new Error('it does not have the rest of the file');
    }
    const length = Number(answer.header('content-length') ?? Number.NaN);
    const said = Number.isNaN(length) ? undefined : start + length;
    if (file.bytes !== undefined && said !== undefined && said !== file.bytes) {
      throw new Final(`its file is ${said} bytes long instead of ${file.bytes}`);
    }
    if (said !== undefined && said > (file.bytes ?? longestFile)) {
      throw new Final(`its file is ${said} bytes long, and no network is longer than ${longestFile}`);
    }
    if (start === 0) await writeValidator(part, answer);
    await append(answer, part, start, { ...file, bytes: file.bytes ?? said }, effort, onProgress);
  } finally {
    answer.close();
  }
}

/** Where the body starts in the file: 0 for the whole file, undefined where the server cannot go on from `have`. */
function startOf(answer: HttpAnswer, have: number): number | undefined {
  const { status } = answer;
  if (status === 200) return 0;
  if (status === 206) {
    const start = /^bytes (\d+)-/.exec(answer.header('content-range') ?? '')?.[1];
    return Number(start) === have ? have : undefined;
  }
  if (status === 416) return undefined;
  const message = `it answers ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd();
  const mayPass = status >= 500 || status === 408 || status === 429;
  throw mayPass ? new Error(message) : new Final(message);
}

async function append(
  answer: HttpAnswer,
  part: string,
  start: number,
  { url, bytes }: Download,
  effort: Effort,
  onProgress: DownloadOptions['onProgress'],
): Promise<void> {
  const handle = await open(part, start === 0 ? 'w' : 'a');
  const writing = (error: unknown) => {
    throw withPath(error, part);
  };
  let received = start;
  const most = bytes ?? longestFile;
  const total = bytes ?? 0;
  try {
    onProgress?.({ kind: 'bytes', source: url, received, total });
    for await (const chunk of answer.body) {
      received += chunk.length;
      if (received > most) {
        await discard(part);
        throw new Final(`its file is longer than ${most} bytes`);
      }
      await handle.writeFile(chunk).catch(writing);
      effort.received(chunk.length, received);
      if (effort.hopeless) throw new Final(effort.hopeless);
      onProgress?.({ kind: 'bytes', source: url, received, total });
    }
    await handle.sync().catch(writing);
  } finally {
    await handle.close();
  }
  if (bytes !== undefined && received < bytes)
    throw new Error(`the connection ended after ${received} of ${bytes} bytes`);
}

async function verify({ bytes, digest }: Download, part: string): Promise<void> {
  if (!digest) return;
  const found = await fileDigest(part, digest.algorithm);
  if (found.startsWith(digest.hex)) return;
  await discard(part);
  throw new Final(
    `expected ${bytes === undefined ? 'a file' : `${bytes} bytes`} with ${digest.algorithm.toUpperCase()} ${digest.hex} but received ${found}; ` +
      'what came is deleted',
  );
}

/** Beside a part lies what the server calls that version of the file: a strong entity tag, else its date. */
function validatorFile(part: string): string {
  return `${part}.version`;
}

async function writeValidator(part: string, answer: HttpAnswer): Promise<void> {
  const etag = answer.header('etag');
  const validator = etag && !etag.startsWith('W/') ? etag : answer.header('last-modified');
  // The bytes of another version must not stay beside this one's name, not even for a moment.
  await discard(part);
  if (validator) await writeFile(validatorFile(part), validator);
}

/** Removes what an interrupted fetch to `destination` left behind. */
export async function discardPart(destination: string): Promise<void> {
  await discard(`${destination}.part`);
}

async function discard(part: string): Promise<void> {
  await rm(part, { force: true });
  await rm(validatorFile(part), { force: true });
}

async function sizeOfPart(part: string): Promise<number> {
  return stat(part).then(
    ({ size }) => size,
    () => 0,
  );
}
