/** The engine's side of the protocol, for engines written in TypeScript. */
import fs from 'node:fs';
import { createInterface } from 'node:readline';
import type { Call, Setup } from './protocol.js';

/** An engine that has loaded a benchmark's work and has run it at least once. */
export interface Engine {
  readonly details: string;
  /** What it computes, to be compared with the other engines'. */
  readonly outputs: Float32Array;
  /** Does the work so many times. */
  run(repeats: number): void | Promise<void>;
}

/** Answers calls until stdin ends. */
export async function serve(load: (setup: Setup) => Promise<Engine>): Promise<void> {
  let engine: Engine | undefined;
  for await (const line of createInterface({ input: process.stdin })) {
    const call = JSON.parse(line) as Call;
    if (call.call === 'load') {
      engine = await load(call);
      fs.writeFileSync(call.outputs, engine.outputs);
      answer({ details: engine.details });
    } else {
      const started = performance.now();
      await engine!.run(call.repeats);
      answer({ ms: performance.now() - started });
    }
  }
}

function answer(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
