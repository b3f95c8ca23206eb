import { mostUploadBytes } from './limits.js';
import { QueueFull } from './batcher.js';

/** Bounds what uploads may hold of the memory, all together: room is taken before a byte of a body is read. */
export class UploadBudget {
  readonly #most: number;
  #held = 0;

  constructor(most = mostUploadBytes) {
    this.#most = most;
  }

  /** @throws QueueFull when there is no room for so many bytes. @returns what gives the room back. */
  take(bytes: number): () => void {
    if (this.#held > 0 && this.#held + bytes > this.#most) throw new QueueFull(1);
    this.#held += bytes;
    let isHeld = true;
    return () => {
      if (isHeld) this.#held -= bytes;
      isHeld = false;
    };
  }
}
