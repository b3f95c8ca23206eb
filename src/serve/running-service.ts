import { setTimeout as wait } from 'node:timers/promises';
import type { Hooks } from '../runtime/progress.js';
import { serverMetrics, type ServerMetrics } from './metrics.js';
import type { ResolvedServeOptions } from './options.js';
import { ServedRun } from './served-run.js';
import type { Service } from './service.js';
import type { TrainingPictures } from './training-pictures.js';

/** The server's state: the run that answers now, opened anew should its process end. */
export class RunningService implements Service {
  readonly options: ResolvedServeOptions;
  readonly metrics: ServerMetrics;
  readonly #hooks: Hooks;
  #current: ServedRun;
  #training: TrainingPictures | undefined;
  #isStopping = false;

  private constructor(options: ResolvedServeOptions, hooks: Hooks, current: ServedRun) {
    this.options = options;
    this.metrics = serverMetrics(() => this.#current.queue.taken);
    this.#hooks = hooks;
    this.#current = current;
    this.#watch(current);
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

  /** From now on it is not ready any more. */
  stop(): void {
    this.#isStopping = true;
  }

  async close(): Promise<void> {
    this.stop();
    await this.#current.close();
  }

  #watch(run: ServedRun): void {
    run.onBatch = this.metrics.batchDone;
    void this.#openAnewWhenEnded(run);
  }

  /** Out of memory, say, or ended by somebody: the server stays, and has a network again in a moment. */
  async #openAnewWhenEnded(run: ServedRun): Promise<void> {
    await run.ended;
    for (let pause = 1000; !this.#isStopping && this.#current === run; pause = Math.min(60_000, 2 * pause)) {
      this.#hooks.onProgress?.({
        kind: 'warning',
        message: 'The process of the network has ended: opening it anew',
      });
      try {
        this.#current = await ServedRun.open(run.directory, this.options);
        this.#watch(this.#current);
        return;
      } catch {
        await wait(pause, undefined, { ref: false });
      }
    }
  }
}
