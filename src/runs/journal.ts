import fs from 'node:fs';
import { inFile } from '../runtime/system-errors.js';

/**
 * What a long job of many small parts has done already, one JSON line a part, so that a killed one goes on from there.
 * It belongs to one job: whoever opens it has seen to it that options, pictures and weights are the same.
 */
export class Journal {
  readonly #file: string;
  readonly #done = new Map<string, unknown>();

  /** Opens a journal, or begins one. A last line that was not written to its end is dropped. */
  constructor(file: string) {
    this.#file = file;
    let whole = 0;
    const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
    for (const line of text.split('\n').slice(0, -1)) {
      const entry = parsed(line);
      if (!entry) break;
      this.#done.set(entry.key, entry.value);
      whole += Buffer.byteLength(line) + 1;
    }
    if (whole < Buffer.byteLength(text)) fs.truncateSync(file, whole);
  }

  /** How many parts are done. */
  get size(): number {
    return this.#done.size;
  }

  has(key: string): boolean {
    return this.#done.has(key);
  }

  /** The value of a part: the one in the journal, else what `work` comes to, which is written down. */
  async once<T>(key: string, work: () => Promise<T>): Promise<T> {
    if (this.#done.has(key)) return this.#done.get(key) as T;
    const value = await work();
    inFile(this.#file, () => {
      fs.appendFileSync(this.#file, `${JSON.stringify({ key, value })}\n`);
    });
    this.#done.set(key, value);
    return value;
  }
}

function parsed(line: string): { readonly key: string; readonly value: unknown } | undefined {
  try {
    const entry = JSON.parse(line) as { key?: unknown; value?: unknown } | null;
    return typeof entry?.key === 'string' && 'value' in entry
      ? { key: entry.key, value: entry.value }
      : undefined;
  } catch {
    return undefined;
  }
}
