import { setTimeout as wait } from 'node:timers/promises';
import { mostInBatch, mostWaitMs } from './limits.js';

/** No more pictures can wait: the sender is to come back. */
export class QueueFull extends Error {
  override readonly name = 'QueueFull';
  /** After how many seconds there will be room. */
  readonly retryAfter: number;

  constructor(retryAfter: number) {
    super('too many pictures are waiting');
    this.retryAfter = retryAfter;
  }
}

/** An input was given up while it waited: nobody wants the answer any more. */
export class GivenUp extends Error {
  override readonly name = 'GivenUp';
}

/**
 * A place in the queue: taken before a picture is decoded, given up when it has gone to the network, has failed, or its
 * sender has gone. What waits in a place that was given up never goes to the network.
 */
export interface Place {
  readonly isFree: boolean;
  free(): void;
}

interface Waiting<Input, Output> {
  readonly input: Input;
  readonly since: number;
  readonly place: Place;
  readonly resolve: (output: Output) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers single inputs to batches: while one is under way those that come meanwhile gather, and an idle network waits at
 * most `mostWaitMs` for more. Inputs keep their order. At most `places` may wait, what is under way not counted.
 */
export class Batcher<Input, Output> {
  readonly #run: (inputs: readonly Input[]) => Promise<readonly Output[]>;
  readonly #places: number;
  #waiting: Waiting<Input, Output>[] = [];
  readonly #onBatch: (size: number, seconds: number) => void;
  #taken = 0;
  #running = false;
  #timer: NodeJS.Timeout | undefined;
  /** Seconds that a batch has taken of late; the first guess is soon forgotten. */
  #usual = 0.2;

  constructor(
    run: (inputs: readonly Input[]) => Promise<readonly Output[]>,
    places: number,
    onBatch: (size: number, seconds: number) => void = () => undefined,
  ) {
    this.#run = run;
    this.#places = places;
    this.#onBatch = onBatch;
  }

  /** How many places are taken. */
  get taken(): number {
    return this.#taken;
  }

  /**
   * Takes places for so many inputs, all or none; where nobody waits, a whole batch may come at once.
   *
   * @throws QueueFull when there are not so many.
   */
  take(count = 1): Place[] {
    const isAlone = this.#taken === 0 && count <= mostInBatch;
    if (this.#taken + count > this.#places && !isAlone) throw this.#full();
    this.#taken += count;
    return Array.from({ length: count }, () => this.#newPlace());
  }

  /** Before a picture is received: whether there is a place at all. @throws QueueFull */
  expectPlace(): void {
    if (this.#taken >= this.#places) throw this.#full();
  }

  /** Queues an input in a place that was taken for it. */
  add(input: Input, place: Place): Promise<Output> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ input, since: performance.now(), place, resolve, reject });
      this.#startWhenDue();
    });
  }

  /** Settles when nothing waits and nothing is under way. */
  async idle(): Promise<void> {
    while (this.#taken > 0 || this.#running) await wait(20);
  }

  #full(): QueueFull {
    return new QueueFull(Math.max(1, Math.ceil((this.#usual * this.#taken) / mostInBatch)));
  }

  #newPlace(): Place {
    let isFree = false;
    return {
      get isFree() {
        return isFree;
      },
      free: () => {
        if (!isFree) this.#taken--;
        isFree = true;
      },
    };
  }

  #startWhenDue(): void {
    clearTimeout(this.#timer);
    this.#letGoOfGivenUp();
    const [first] = this.#waiting;
    if (this.#running || !first) return;
    // Whoever has a place and is still being decoded will not be here before long: without such, nobody is waited for.
    const isFull = this.#waiting.length >= mostInBatch || this.#waiting.length === this.#taken;
    const wait = first.since + mostWaitMs - performance.now();
    if (isFull || wait <= 0) void this.#start();
    else this.#timer = setTimeout(() => this.#startWhenDue(), Math.ceil(wait));
  }

  #letGoOfGivenUp(): void {
    const given = this.#waiting.filter(({ place }) => place.isFree);
    this.#waiting = this.#waiting.filter(({ place }) => !place.isFree);
    for (const { reject } of given) reject(new GivenUp('its place was given up'));
  }

  async #start(): Promise<void> {
    this.#running = true;
    const batch = this.#waiting.splice(0, mostInBatch);
    for (const { place } of batch) place.free();
    const started = performance.now();
    try {
      const outputs = await this.#run(batch.map(({ input }) => input));
      for (const [i, { resolve }] of batch.entries()) resolve(outputs[i]!);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    const seconds = (performance.now() - started) / 1000;
    this.#usual = 0.7 * this.#usual + 0.3 * seconds;
    this.#onBatch(batch.length, seconds);
    this.#running = false;
    this.#startWhenDue();
  }
}
