import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** `finetune worker` as processes of the test's own, on CPUs, whose jobs others take over after two seconds of silence. */
export class Workers {
  readonly #environment: Readonly<Record<string, string>>;
  readonly #running = new Set<ChildProcess>();

  constructor(environment: Readonly<Record<string, string>>) {
    this.#environment = environment;
  }

  /** @param url of the Redis. */
  start(url: string): ChildProcess {
    const run = fileURLToPath(new URL('../../dist/run.js', import.meta.url));
    const args = ['worker', '--queue', url, '--device', 'cpu', '--lock', '2'];
    const child = spawn(process.execPath, [run, ...args], {
      env: { ...process.env, ...this.#environment },
      stdio: 'ignore',
    });
    this.#running.add(child);
    return child;
  }

  async kill(child: ChildProcess): Promise<void> {
    this.#running.delete(child);
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }

  async killAll(): Promise<void> {
    for (const child of this.#running) await this.kill(child);
  }
}
