/** Time per picture that a doubled batch must save to be doubled again. */
const worthwhile = 0.05;

/** Of the device's memory, what the activations of a batch may take. */
const memoryShare = 1 / 8;

/**
 * How many pictures go through a frozen network at once. On a GPU the number is found while it works, on the
 * pictures that are to be computed anyway: it is doubled as long as that makes a picture faster.
 */
export class BatchSize {
  #size: number;
  readonly #most: number;
  /** Milliseconds a picture at half the size. */
  #before = Number.POSITIVE_INFINITY;
  #settled: boolean;
  #warm = false;

  constructor(first: number, most = first) {
    this.#size = first;
    this.#most = most;
    this.#settled = first >= most;
  }

  get size(): number {
    return this.#size;
  }

  /** Told how long a batch took. The first one of each size is not counted: it sets things up. */
  took(count: number, milliseconds: number): void {
    if (this.#settled || count !== this.#size) return;
    if (!this.#warm) {
      this.#warm = true;
      return;
    }
    const perPicture = milliseconds / count;
    if (perPicture > (1 - worthwhile) * this.#before) {
      this.#size /= 2;
      this.#settled = true;
    } else if (this.#size * 2 > this.#most) {
      this.#settled = true;
    } else {
      this.#before = perPicture;
      this.#size *= 2;
      this.#warm = false;
    }
  }
}

/**
 * What to begin with, and for a GPU where to stop.
 *
 * On a CPU 16 and no more: VGG-16 in int8 takes 20.7, 19.5, 18.4, 18.6 and 19.2 ms a picture for 4, 8, 16, 32 and 64
 * (docs/decisions.md), and a fixed number gives the same features, to the last bit, in every run.
 *
 * @param bytesPerPicture the most that the activations of one picture take at once.
 * @param memory bytes that the device has; unknown counts as 4 GB.
 */
export function batchSizeFor(device: 'cpu' | 'gpu', bytesPerPicture: number, memory = 4e9): BatchSize {
  const fits = 2 ** Math.floor(Math.log2(Math.max(1, (memory * memoryShare) / bytesPerPicture)));
  const first = Math.min(16, fits);
  return device === 'cpu' ? new BatchSize(first) : new BatchSize(first, Math.min(256, fits));
}
