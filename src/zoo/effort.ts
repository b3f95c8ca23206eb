/** Less than this is no progress. */
const worthwhileBytes = 2 ** 20;

/** How long a fetch may go on without progress. */
const slowestMs = 10 * 60_000;

/** What attempts that are broken off may bring besides the file itself. */
const spareBytes = 2 ** 26;

/**
 * What a fetch has cost in all its attempts. Progress is only what gets further than any attempt before: starting over
 * is none.
 */
export class Effort {
  readonly #mostBytes: number;
  readonly #now: () => number;
  #bytes = 0;
  #furthest: number;
  #since: number;

  /**
   * @param have bytes of the file that an earlier fetch has left.
   * @param bytes how long the file is, or at most can be.
   */
  constructor(have: number, bytes: number, now: () => number = () => performance.now()) {
    this.#mostBytes = 2 * bytes + spareBytes;
    this.#now = now;
    this.#furthest = have;
    this.#since = now();
  }

  /** How many bytes of the file have been there when there was progress last. */
  get furthest(): number {
    return this.#furthest;
  }

  /** @param count bytes that came just now. @param there bytes of the file that are there with them. */
  received(count: number, there: number): void {
    this.#bytes += count;
    if (there < this.#furthest + worthwhileBytes) return;
    this.#furthest = there;
    this.#since = this.#now();
  }

  /** Why there is no use in going on; undefined while there is. */
  get hopeless(): string | undefined {
    if (this.#bytes > this.#mostBytes) {
      return `it has sent ${this.#bytes} bytes and still not the whole file`;
    }
    if (this.#now() - this.#since > slowestMs) {
      return `it has brought less than ${worthwhileBytes / 2 ** 20} MB in ${slowestMs / 60_000} minutes`;
    }
    return undefined;
  }
}
