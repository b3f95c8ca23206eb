import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Corrections } from '../runs/corrections.js';
import { messageOf } from '../runtime/errors.js';
import type { Hooks } from '../runtime/progress.js';
import { startJob } from './job.js';
import { serverMetrics, type ServerMetrics } from './metrics.js';
import type { ResolvedServeOptions } from './options.js';
import { ServedRun } from './served-run.js';
import type { Service } from './service.js';
import { Successor } from './successor.js';
import { TrainingPictures } from './training-pictures.js';

/** The server's state: the run that answers now, opened anew should its process end, and its successor. */
export class RunningService implements Service {
  readonly options: ResolvedServeOptions;
  readonly metrics: ServerMetrics;
  readonly corrections: Corrections;
  readonly successor = new Successor();
  readonly #hooks: Hooks;
  /** Features of training pictures, and pictures whose maps are checked. */
  readonly #scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'finetune-serve-'));
  readonly #jobs = new Set<{ stop(): Promise<void> }>();
  #current: ServedRun;
  #training: TrainingPictures | undefined;
  #isStopping = false;

  private constructor(options: ResolvedServeOptions, hooks: Hooks, current: ServedRun) {
    this.options = options;
    this.metrics = serverMetrics(() => this.#current.queue.taken);
    this.#hooks = hooks;
    this.#current = current;
    this.corrections = new Corrections(correctionsFolder(options, current), current.facts.labels);
    this.#use(current);
  }

  static async open(run: string, options: ResolvedServeOptions, hooks: Hooks): Promise<RunningService> {
    return new RunningService(options, hooks, await ServedRun.open(run, options));
  }

  get current(): ServedRun {
    return this.#current;
  }

  get training(): TrainingPictures | undefined {
    return this.#training;
  }

  get isReady(): boolean {
    return !this.#isStopping && this.#current.isUp;
  }

  train(): void {
    const { directory: run } = this.#current;
    const { data, device } = this.options;
    this.successor.train({ run, corrections: this.corrections.directory, data, device });
  }

  /** The successor becomes a run, and answers from now on; what is under way is still answered by the one before. */
  async take(): Promise<void> {
    const directory = this.successor.take(this.#current.directory);
    const before = this.#current;
    const opened = await ServedRun.open(directory, this.options);
    this.#use(opened);
    await before.queue.idle();
    await before.close();
  }

  async checkMap(bytes: Buffer, className: string) {
    const file = path.join(this.#scratch, `${Math.random().toString(36).slice(2)}.picture`);
    fs.writeFileSync(file, bytes);
    const { directory: run } = this.#current;
    const job = startJob({ kind: 'check map', run, device: this.options.device, file, class: className });
    this.#jobs.add(job);
    try {
      return await job.result;
    } finally {
      this.#jobs.delete(job);
      fs.rmSync(file, { force: true });
    }
  }

  /** From now on it is not ready any more. */
  stop(): void {
    this.#isStopping = true;
  }

  async close(): Promise<void> {
    this.stop();
    await Promise.all([...this.#jobs].map((job) => job.stop()));
    await this.successor.close();
    await this.#current.close();
    fs.rmSync(this.#scratch, { recursive: true, force: true });
  }

  #use(run: ServedRun): void {
    this.#current = run;
    run.onBatch = this.metrics.batchDone;
    void this.#openAnewWhenEnded(run);
    void this.#findNearest(run);
  }

  /** Out of memory, say, or ended by somebody: the server stays, and has a network again in a moment. */
  async #openAnewWhenEnded(run: ServedRun): Promise<void> {
    await run.ended;
    for (let pause = 1000; !this.#isStopping && this.#current === run; pause = Math.min(60_000, 2 * pause)) {
      this.#warn('The process of the network has ended: opening it anew');
      try {
        this.#use(await ServedRun.open(run.directory, this.options));
        return;
      } catch {
        await wait(pause, undefined, { ref: false });
      }
    }
  }

  /** Looks the training pictures through, beside what is asked meanwhile. */
  async #findNearest(run: ServedRun): Promise<void> {
    if (!run.figures) return; // a classifier alone knows nothing of its pictures
    const file = path.join(this.#scratch, `${run.name}.features`);
    const { data, device } = this.options;
    const job = startJob({ kind: 'training features', run: run.directory, device, data, file });
    this.#jobs.add(job);
    try {
      const pictures = await job.result;
      await run.searchAmong(file, pictures.length);
      if (this.#current === run) this.#training = new TrainingPictures(pictures, run.facts.labels);
    } catch (error) {
      if (this.#isStopping || this.#current !== run) return;
      this.#training = undefined;
      this.#warn(`No nearest training pictures: ${messageOf(error)}`);
    } finally {
      this.#jobs.delete(job);
      fs.rmSync(file, { force: true });
    }
  }

  #warn(message: string): void {
    this.#hooks.onProgress?.({ kind: 'warning', message });
  }
}

/** As asked; else where a corrected run has its own from; else beside the run. */
function correctionsFolder(
  { corrections }: ResolvedServeOptions,
  { directory, correctedFrom }: ServedRun,
): string {
  return corrections ?? correctedFrom ?? `${directory}-corrections`;
}
