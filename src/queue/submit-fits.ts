import fs from 'node:fs';
import path from 'node:path';
import { counted, listed } from '../data/pictures.js';
import { filesOfKinds, kindsOf } from '../features/kind-folders.js';
import { answerFile, fitsFolder, readAnswer, saveFits } from '../runs/fit-plan.js';
import type { FitElsewhere } from '../runs/study-fits.js';
import { closingAll } from '../runtime/closing.js';
import { UserError } from '../runtime/errors.js';
import type { Hooks } from '../runtime/progress.js';
import { type FitsJob, fitsId } from './fits-job.js';
import { mostTries } from './job.js';
import { openWaiting, waitForAll, type Work } from './wait-for-all.js';

/** Where the fits of a study are handed out. */
export interface FitsQueue {
  /** The folder that all machines see, under the same path unless a worker says otherwise. */
  readonly store: string;
  /** Of the Redis. */
  readonly url: string;
  /** What the study is called where people see the queue. */
  readonly study: string;
}

/**
 * Multiply-adds that are handed out together at least: some tenths of a second, beside which taking a job and writing its
 * answers down are nothing.
 */
const worthAJob = 1e9;

/**
 * Has the workers of a queue make fits; their answers are in the shared folder, whence they are read in the order of the
 * parts.
 *
 * @returns throws UserError when fits have failed in three tries, by name, once all others are made; Interrupted when the
 *   signal fires: the workers go on.
 */
export function fitsOverQueue({ store: given, url, study }: FitsQueue, hooks: Hooks): FitElsewhere {
  const store = path.resolve(given);
  return async (kind, fits, parts, tell) => {
    const plan = await saveFits(store, kind, fits);
    const folder = fitsFolder(store, plan);
    const isThere = (files: ReadonlySet<string>) => (part: unknown) => files.has(answerFile(part));
    const missing = () => {
      const has = isThere(filesOfKinds(folder));
      return parts.filter((part) => !has(part));
    };
    const left = missing();
    const before = parts.length - left.length;
    tell(before);
    const works = grouped(left, (part) => kind.work(part, fits)).map((group): Work<FitsJob> => {
      const names = group.map((part) => kind.describe(part, fits.shared));
      const data = { store, plan, study, parts: group, names };
      return { id: fitsId(data), data, size: group.length };
    });
    if (works.length > 0) {
      const failed = await closingAll(async (keep) => {
        const waited = await openWaiting(url, keep);
        const present = () => {
          const has = isThere(filesOfKinds(folder));
          return ({ data }: Work<FitsJob>) => data.parts.every(has);
        };
        const told = (done: number) => tell(before + done);
        return waitForAll({ ...waited, works, present, tell: told }, hooks);
      });
      if (failed.size > 0) throw new UserError(failureText(failed, missing().length, parts.length));
    }
    return gather(folder, parts, hooks) as never;
  };
}

/** Parts in their order, together until they are worth a job. */
function grouped<Part>(parts: readonly Part[], workOf: (part: Part) => number): Part[][] {
  const groups: Part[][] = [];
  let work = Number.POSITIVE_INFINITY;
  for (const part of parts) {
    if (work >= worthAJob) {
      groups.push([]);
      work = 0;
    }
    groups.at(-1)!.push(part);
    work += workOf(part);
  }
  return groups;
}

/** Of several kinds of machine that have made fits, those of the one that made most, and the rest where they are. */
function gather(folder: string, parts: readonly unknown[], { onProgress }: Hooks): unknown[] {
  const kinds = kindsOf(folder)
    .map((place) => ({ place, files: new Set(fs.readdirSync(place)) }))
    .map((kind) => ({ ...kind, has: parts.filter((part) => kind.files.has(answerFile(part))).length }))
    .sort((a, b) => b.has - a.has);
  const places = parts.map((part) => kinds.find(({ files }) => files.has(answerFile(part)))!.place);
  if (new Set(places).size > 1) {
    const message =
      'These fits were made by kinds of machine that round differently: made again by others, a figure may change in a last digit.';
    onProgress?.({ kind: 'warning', message });
  }
  return parts.map((part, i) => readAnswer(places[i]!, part));
}

function failureText(failed: ReadonlyMap<Work<FitsJob>, string>, missing: number, all: number): string {
  const lines = [...failed].map(([{ data }, reason]) =>
    data.names.length === 1 ? `${data.names[0]}: ${reason}` : reason,
  );
  return `Expected all ${counted(all, 'fit')} to be made but ${missing} failed in ${mostTries} tries:${listed(lines)}\nMend what they say and run the same command again: only these are made.`;
}
