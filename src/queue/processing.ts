import { WorkGone } from '../runs/work-gone.js';
import { messageOf } from '../runtime/errors.js';
import { unfit } from './worker-settings.js';

/** Does one sort of jobs, one after the other; what the last one has opened stays open for the next. */
export interface Processor<Job, Answer> {
  /** @param tell how much of the job is done. */
  run(job: Job, tell: (done: number) => void): Promise<Answer>;
  /** Gives back what is open. */
  close(): void;
}

/** What fails here would fail with every job, and is this machine's matter, unless what the job is made of is gone. */
export async function fitFor<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WorkGone) throw error;
    throw new Error(unfit + messageOf(error), { cause: error });
  }
}
