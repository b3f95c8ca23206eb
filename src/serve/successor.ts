import fs from 'node:fs';
import path from 'node:path';
import { partName } from '../runtime/part-file.js';
import type { Correction } from '../recipes/correct.js';
import { messageOf } from '../runtime/errors.js';
import { type Job, startJob } from './job.js';
import type { DeviceName } from './options.js';
import { Refusal } from './picture-upload.js';

/** How the training of a successor stands. */
export type SuccessorState =
  | { readonly state: 'none' }
  | { readonly state: 'training'; readonly stage: string }
  | { readonly state: 'failed'; readonly message: string }
  | ({ readonly state: 'trained'; readonly name: string } & Correction);

interface Origin {
  readonly run: string;
  readonly corrections: string;
  readonly data: string | undefined;
  readonly device: DeviceName;
}

/**
 * A successor of the run that is served: trained beside it in a folder of its own, which is nothing yet until it is taken.
 * What was there stays as it is.
 */
export class Successor {
  #state: SuccessorState = { state: 'none' };
  #job: Job<Correction> | undefined;
  /** Where it lies until it is taken or left. */
  #part: string | undefined;

  get state(): SuccessorState {
    return this.#state;
  }

  /** Begins to train it. @throws Refusal 409 while one is being trained. */
  train({ run, ...origin }: Origin): void {
    if (this.#state.state === 'training') throw new Refusal(409, 'The head is being trained already.');
    this.#discard();
    const directory = freeName(run);
    const name = path.basename(directory);
    const out = partName(directory);
    this.#part = out;
    this.#state = { state: 'training', stage: 'Starting' };
    const job = startJob({ kind: 'correct', run, out, name, ...origin }, (progress) => {
      const stage =
        'stage' in progress ? progress.stage : 'network' in progress ? 'Training the head' : undefined;
      if (stage && this.#job === job) this.#state = { state: 'training', stage };
    });
    this.#job = job;
    void job.result.then(
      (correction) => {
        if (this.#job === job) this.#state = { state: 'trained', name, ...correction };
      },
      (error: unknown) => {
        if (this.#job !== job) return;
        this.#discard();
        this.#state = { state: 'failed', message: messageOf(error) };
      },
    );
  }

  /**
   * Makes the trained successor a run beside the one that it comes from.
   *
   * @returns its folder. @throws Refusal 409 when there is none.
   */
  take(run: string): string {
    if (this.#state.state !== 'trained' || this.#part === undefined) throw noSuccessor();
    const directory = freeName(run);
    fs.renameSync(this.#part, directory);
    this.#part = undefined;
    this.#state = { state: 'none' };
    return directory;
  }

  /** Lets go of it. @throws Refusal 409 when there is none. */
  leave(): void {
    if (this.#state.state !== 'trained') throw noSuccessor();
    this.#discard();
  }

  async close(): Promise<void> {
    const job = this.#job;
    this.#job = undefined;
    await job?.stop();
    this.#discard();
  }

  #discard(): void {
    if (this.#part !== undefined) fs.rmSync(this.#part, { recursive: true, force: true });
    this.#part = undefined;
    this.#state = { state: 'none' };
  }
}

function noSuccessor(): Refusal {
  return new Refusal(409, 'Expected a corrected head to decide on but none has been trained.');
}

/** A folder beside the run that is not there yet: pets-2, then pets-3 … */
function freeName(run: string): string {
  const stem = run.replace(/-\d+$/, '');
  for (let number = 2; ; number++) {
    const directory = `${stem}-${number}`;
    if (!fs.existsSync(directory)) return directory;
  }
}
