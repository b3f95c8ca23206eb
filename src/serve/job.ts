import type { Progress } from '../runtime/progress.js';
import { Child } from './child-process.js';
import type { JobRequest, JobResults } from './job-messages.js';

/** A job under way; `stop` ends its process. */
export interface Job<Result> {
  readonly result: Promise<Result>;
  stop(): Promise<void>;
}

/** Starts a job in a process of its own, which ends with it. */
export function startJob<Kind extends JobRequest['kind']>(
  request: JobRequest & { kind: Kind },
  onProgress?: (progress: Progress) => void,
): Job<JobResults[Kind]> {
  const child = new Child<JobRequest>('job-main', (told) => onProgress?.(told as Progress));
  const result = child.ask<JobResults[Kind]>(request).finally(() => void child.close());
  result.catch(() => undefined); // whoever waits for it is told
  return { result, stop: () => child.close() };
}
