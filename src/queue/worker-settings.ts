/** How a worker tells its computing process what only this machine knows. */
export const settingsVariable = 'FINETUNE_WORKER';

/** Where things lie on this machine, if not where the planner saw them, and what computes. */
export interface WorkerSettings {
  readonly store?: string | undefined;
  readonly data?: string | undefined;
  readonly device?: string | undefined;
}

/** What begins the message of a failure that is this machine's and would come with every shard. */
export const unfit = 'This worker cannot compute it: ';
