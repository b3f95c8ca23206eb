import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { EngineName } from './engines.js';
import { engineCommand } from './engines.js';
import type { Call, Loaded, Missing, Setup, Timed } from './protocol.js';

const here = fileURLToPath(new URL('.', import.meta.url));

/** An engine's process, from outside. */
export class EngineProcess {
  readonly name: EngineName;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;
  #errors = '';

  /**
   * @param threads how many threads every library in it may compute with.
   * @param environment further variables of the process.
   */
  constructor(
    name: EngineName,
    work: string,
    threads: number,
    environment: Readonly<Record<string, string>> = {},
  ) {
    this.name = name;
    const [command, ...parameters] = engineCommand(name, work);
    this.#child = spawn(command!, parameters, {
      cwd: here,
      env: { ...process.env, ...threadVariables(threads), ...environment },
    });
    this.#child.on('error', (error) => {
      this.#errors += error.message;
    });
    this.#child.stdin.on('error', () => undefined); // a process that has ended says why on stderr
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-4000);
    });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Loads and warms up; the engine writes what it computes to the file `outputs`, float32 little-endian. */
  load(setup: Setup, outputs: string): Promise<Loaded | Missing> {
    return this.#ask<Loaded | Missing>({ ...setup, call: 'load', outputs });
  }

  /** Does the work `repeats` times; milliseconds for all of it, measured in the engine. */
  async round(repeats: number): Promise<number> {
    return (await this.#ask<Timed>({ call: 'round', repeats })).ms;
  }

  stop(): void {
    this.#child.stdin.end();
    this.#child.kill();
  }

  async #ask<T>(call: Call): Promise<T> {
    this.#child.stdin.write(`${JSON.stringify(call)}\n`);
    const { value, done } = await this.#answers.next();
    if (done)
      throw new Error(`${this.name} ended before it answered '${call.call}':\n${this.#errors.trim()}`);
    return JSON.parse(value) as T;
  }
}

/** The same number for every library; TensorFlow reads two of its own. */
export function threadVariables(threads: number): Record<string, string> {
  return {
    BENCH_THREADS: `${threads}`,
    OMP_NUM_THREADS: `${threads}`,
    TF_NUM_INTRAOP_THREADS: `${threads}`,
    TF_NUM_INTEROP_THREADS: `${threads}`,
    TF_CPP_MIN_LOG_LEVEL: '3',
  };
}
