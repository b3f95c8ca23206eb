import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Metrics } from '../evaluation/metrics.js';
import { readRun } from '../runs/read-run.js';
import { trainedDigests } from '../runs/trained-pictures.js';
import type { ResolvedServeOptions } from './options.js';
import { Batcher } from './batcher.js';
import { Child } from './child-process.js';
import type { Answer, Ask, EngineFacts } from './engine.js';
import type { EngineRequest, EngineResults } from './engine-messages.js';

/** A decoded picture on its way to the network, and what is wanted of it. */
export interface Input {
  readonly pixels: Uint8Array;
  readonly ask: Ask;
}

/** How good a run was on pictures that it had never seen. */
export type Figures = Pick<Metrics, 'accuracy' | 'ci95' | 'n'>;

/** A run whose network is open in a process of its own, with the queue before it. */
export class ServedRun {
  readonly directory: string;
  readonly facts: EngineFacts;
  /** On its held-out pictures; undefined where the run has no figures. */
  readonly figures: Figures | undefined;
  /** Of a corrected run: the folder of its corrections. */
  readonly correctedFrom: string | undefined;
  readonly queue: Batcher<Input, Answer>;
  readonly #trained: ReadonlySet<string>;
  /** Told of every batch. */
  onBatch: ((size: number, seconds: number) => void) | undefined;
  readonly #child: Child<EngineRequest>;
  #isUp = true;

  private constructor(
    directory: string,
    facts: EngineFacts,
    child: Child<EngineRequest>,
    { queue }: Pick<ResolvedServeOptions, 'queue'>,
  ) {
    this.directory = directory;
    this.facts = facts;
    const record = recordOf(directory);
    this.figures = record?.figures;
    this.correctedFrom = record?.correctedFrom;
    this.#trained = trainedDigests(directory);
    this.#child = child;
    this.queue = new Batcher(
      (inputs) => this.#answer(inputs),
      queue,
      (size, seconds) => this.onBatch?.(size, seconds),
    );
    void child.ended.then(() => (this.#isUp = false));
  }

  /**
   * Opens a run and warms its network up.
   *
   * @throws UserError when it is no finished run.
   */
  static async open(
    directory: string,
    options: Pick<ResolvedServeOptions, 'queue' | 'device'>,
  ): Promise<ServedRun> {
    const child = new Child<EngineRequest>('engine-main');
    try {
      const run = path.resolve(directory);
      const open = { kind: 'open', run, device: options.device } as const;
      const facts = await child.ask<EngineResults['open']>(open);
      return new ServedRun(run, facts, child, options);
    } catch (error) {
      await child.close();
      throw error;
    }
  }

  /** What people call it. */
  get name(): string {
    return path.basename(this.directory);
  }

  /** Whether its process is there to answer. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** Settles when its process has ended, however it did. */
  get ended(): Promise<void> {
    return this.#child.ended;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Whether it has trained or chosen on the very file. */
  hasTrainedOn(bytes: Buffer): boolean {
    return this.#trained.size > 0 && this.#trained.has(createHash('sha256').update(bytes).digest('hex'));
  }

  /** From now on pictures are looked for among those whose features the file holds. */
  async searchAmong(file: string, size: number): Promise<void> {
    await this.#child.ask({ kind: 'nearest', file, size });
  }

  close(): Promise<void> {
    return this.#child.close();
  }

  #answer(inputs: readonly Input[]): Promise<readonly Answer[]> {
    const size = inputs[0]!.pixels.length;
    const pixels = new Uint8Array(inputs.length * size);
    for (const [i, input] of inputs.entries()) pixels.set(input.pixels, i * size);
    return this.#child.ask<EngineResults['answer']>({
      kind: 'answer',
      pixels,
      asks: inputs.map(({ ask }) => ask),
    });
  }
}

/** A folder that holds a classifier and nothing else has no record. */
function recordOf(directory: string): { figures: Figures; correctedFrom: string | undefined } | undefined {
  if (!fs.existsSync(path.join(directory, 'metrics.json'))) return undefined;
  const { metrics, config } = readRun(directory);
  const { accuracy, ci95, n } = metrics.test;
  const { corrections } = (config['corrected'] ?? {}) as { corrections?: string };
  return { figures: { accuracy, ci95, n }, correctedFrom: corrections };
}
