import { type ChildProcess, fork } from 'node:child_process';
import { UserError } from '../runtime/errors.js';

/** One request to a child process, and its reply, told apart by their numbers. */
export interface Numbered<T> {
  readonly id: number;
  readonly request: T;
}

export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string; readonly mendable: boolean };

/** The child process has ended, with requests open or before new ones. */
export class ProcessEnded extends Error {
  override readonly name = 'ProcessEnded';
}

/**
 * A process of our own that answers requests. TensorFlow blocks the thread that calls it: in a process beside, the server
 * goes on answering meanwhile.
 */
export class Child<Request> {
  readonly #child: ChildProcess;
  readonly #open = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  readonly #ended: Promise<void>;
  #next = 0;

  /** @param script of this folder, without its ending. @param onTold takes what it tells unasked. */
  constructor(script: string, onTold?: (message: unknown) => void) {
    const url = new URL(`./${script}.js`, import.meta.url);
    this.#child = fork(url, {
      serialization: 'advanced',
      execArgv: [],
      // Ctrl-C goes to the whole group of processes: the server ends its children when it has done with them.
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child.on('message', (message: Reply | { readonly told: unknown }) => {
      if ('told' in message) onTold?.(message.told);
      else this.#settle(message);
    });
    this.#ended = new Promise((resolve) => {
      const ended = (reason: string) => {
        for (const { reject } of this.#open.values()) reject(new ProcessEnded(reason));
        this.#open.clear();
        resolve();
      };
      this.#child.on('error', (error) => ended(error.message));
      this.#child.on('exit', (code, signal) => ended(`it ended (${signal ?? `code ${code}`})`));
    });
  }

  /** Settles when the process has ended, however it did. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** The process's number, for the memory that it takes. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  ask<T>(request: Request): Promise<T> {
    const id = this.#next++;
    return new Promise<T>((resolve, reject) => {
      if (!this.#child.connected) {
        reject(new ProcessEnded('it has ended'));
        return;
      }
      this.#open.set(id, { resolve: resolve as (result: unknown) => void, reject });
      this.#child.send({ id, request } satisfies Numbered<Request>, (error) => {
        if (error && this.#open.delete(id)) reject(new ProcessEnded(error.message));
      });
    });
  }

  /** Ends the process: kindly, and after three seconds not. */
  async close(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), 3000);
    await this.#ended;
    clearTimeout(kill);
  }

  #settle(reply: Reply): void {
    const waiting = this.#open.get(reply.id);
    this.#open.delete(reply.id);
    if ('error' in reply)
      waiting?.reject(reply.mendable ? new UserError(reply.error) : new Error(reply.error));
    else waiting?.resolve(reply.result);
  }
}
