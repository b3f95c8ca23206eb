/**
 * How `finetune serve` does under load: more senders than it has places for, then a steady stream while its memory is
 * watched.
 *
 *     npm run build && npx tsx bench/serve-load.ts runs/pets-vgg16 --picture a.jpg
 *     npx tsx bench/serve-load.ts runs/pets-vgg16 --picture a.jpg --soak 1800 --json
 */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { Command } from 'commander';
import { textTable } from '../src/report/table.js';
import { describeMachine } from './machine.js';

interface Options {
  readonly picture: string;
  readonly seconds: number;
  readonly senders: number;
  readonly soak: number;
  readonly rate?: number;
  readonly queue?: string;
  readonly json: boolean;
}

/** Classes, the map drawn, and nearest training pictures. */
const asThePageAsks = '?top=5&nearest=6&explain=true&images=true';

await new Command('serve-load')
  .description('Loads finetune serve and watches its answers and its memory.')
  .argument('<run>', 'run folder')
  .requiredOption('--picture <file>', 'what every request sends')
  .option('--seconds <n>', 'at saturation', Number, 30)
  .option('--senders <n>', 'at saturation, each sending as soon as it was answered', Number, 40)
  .option('--soak <n>', 'seconds of a steady stream', Number, 180)
  .option('--rate <n>', 'requests a second of that stream (default: as fast as they are answered)', Number)
  .option('--queue <n>', "the server's --queue")
  .option('--json', 'one JSON object', false)
  .action(main)
  .parseAsync();

async function main(run: string, options: Options): Promise<void> {
  const { url, child } = await startServer(run, options);
  try {
    const body = fs.readFileSync(options.picture);
    const send = { url: `${url}/api/predict`, body };
    await load({ ...send, senders: 4, seconds: 3 });
    const batchMs = await fullBatch(url, body);
    const before = await batches(url);
    const full = await load({ ...send, senders: options.senders, seconds: options.seconds });
    const after = await batches(url);
    const perBatch = (after.pictures - before.pictures) / (after.count - before.count);
    const [memory, soak] = await Promise.all([
      watchMemory(child.pid!, options.soak),
      load({
        body,
        url: `${send.url}${asThePageAsks}`,
        senders: 8,
        seconds: options.soak,
        ...(options.rate !== undefined && { rate: options.rate }),
      }),
    ]);
    const result = { full, batchMs, perBatch, p95InBatches: full.p95Ms / batchMs, soak, memory };
    console.log(options.json ? JSON.stringify(result) : textOf(result, options));
  } finally {
    child.kill('SIGTERM');
  }
}

type Result = {
  full: Load;
  batchMs: number;
  perBatch: number;
  p95InBatches: number;
  soak: Load;
  memory: Memory;
};

function textOf({ full, batchMs, perBatch, p95InBatches, soak, memory }: Result, options: Options): string {
  const row = (name: string, value: string) => [name, value];
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
  return [
    `finetune serve under load\n${describeMachine()}, ${os.availableParallelism()} threads`,
    textTable(
      [
        ['at saturation', `${options.senders} senders, ${options.seconds} s`],
        row('answered', `${full.answered} (${full.perSecond.toFixed(1)} a second)`),
        row('told to come back (503)', String(full.refused)),
        row('anything else', String(full.failed)),
        row('a full batch of 16, nothing else going on', `${batchMs.toFixed(0)} ms`),
        row('pictures in a batch', perBatch.toFixed(1)),
        row('median, 95th percentile', `${full.p50Ms.toFixed(0)} ms, ${full.p95Ms.toFixed(0)} ms`),
        row('95th percentile in full batches', p95InBatches.toFixed(2)),
      ],
      [],
      200,
    ),
    textTable(
      [
        ['soak', `8 senders, ${options.soak} s`],
        row('answered', String(soak.answered)),
        row('told to come back (503)', String(soak.refused)),
        row('anything else', String(soak.failed)),
        row('memory of the server, by tenths of the time', memory.server.map(megabytes).join(', ')),
        row('… of its processes', memory.others.map(megabytes).join(', ')),
      ],
      [],
      200,
    ),
  ].join('\n\n');
}

async function startServer(run: string, { queue }: Options): Promise<{ url: string; child: ChildProcess }> {
  const program = fileURLToPath(new URL('../dist/run.js', import.meta.url));
  const more = queue === undefined ? [] : ['--queue', queue];
  const child = spawn(process.execPath, [program, 'serve', run, '--port', '0', ...more], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout!.on('data', (chunk: Buffer) => {
      const [found] = /http:\/\/\S+/.exec(chunk.toString()) ?? [];
      if (found) resolve(found);
    });
    child.on('exit', () => reject(new Error('the server ended')));
  });
  return { url, child };
}

/** Milliseconds of a batch of 16 in the network, the mean of five. */
async function fullBatch(url: string, body: Buffer): Promise<number> {
  const before = await batches(url);
  for (let i = 0; i < 5; i++) {
    const form = new FormData();
    for (let k = 0; k < 16; k++) form.append('picture', new Blob([Uint8Array.from(body)]), `${k}`);
    await (await fetch(`${url}/api/predict/many`, { method: 'POST', body: form })).text();
  }
  const after = await batches(url);
  return (1000 * (after.seconds - before.seconds)) / (after.count - before.count);
}

interface Load {
  readonly answered: number;
  readonly refused: number;
  readonly failed: number;
  /** What was said with a status other than 200, and how often. */
  readonly said: Readonly<Record<string, number>>;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** Times are of pictures that were answered; those that were told to come back are quick and would flatter. */
async function load(how: {
  url: string;
  body: Buffer;
  senders: number;
  seconds: number;
  rate?: number;
}): Promise<Load> {
  const times: number[] = [];
  const said: Record<string, number> = {};
  let [refused, failed] = [0, 0];
  await new Promise<void>((resolve, reject) => {
    const instance = autocannon(
      {
        url: how.url,
        method: 'POST',
        headers: { 'content-type': 'image/jpeg' },
        body: how.body,
        connections: how.senders,
        ...(how.rate !== undefined && { overallRate: how.rate }),
        duration: how.seconds,
        timeout: 60,
        requests: [{ onResponse: (status, body) => count(said, status, body) }],
      },
      (error) => (error ? reject(error as Error) : resolve()),
    );
    instance.on('response', (_client, status, _bytes, milliseconds) => {
      if (status === 200) times.push(milliseconds);
      else if (status === 503) refused++;
      else failed++;
    });
    instance.on('reqError', () => failed++);
  });
  const sorted = times.sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
  return {
    answered: sorted.length,
    refused,
    failed,
    said,
    perSecond: sorted.length / how.seconds,
    p50Ms: at(0.5),
    p95Ms: at(0.95),
  };
}

function count(said: Record<string, number>, status: number, body: string): void {
  if (status === 200) return;
  const text = `${status} ${(JSON.parse(body) as { message?: string }).message ?? body}`;
  said[text] = (said[text] ?? 0) + 1;
}

async function batches(url: string): Promise<{ count: number; seconds: number; pictures: number }> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const figure = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  return {
    count: figure('finetune_batch_seconds_count'),
    seconds: figure('finetune_batch_seconds_sum'),
    pictures: figure('finetune_batch_pictures_sum'),
  };
}

interface Memory {
  /** Means of each tenth of the time, bytes: what the server holds, and what its processes hold. */
  readonly server: readonly number[];
  readonly others: readonly number[];
}

/** What a process and its children hold in memory (Linux), every two seconds. */
async function watchMemory(pid: number, seconds: number): Promise<Memory> {
  const readings: { server: number; others: number }[] = [];
  const end = Date.now() + 1000 * seconds;
  while (Date.now() < end) {
    const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    const others = children.reduce((sum, one) => sum + (one ? heldBy(one) : 0), 0);
    readings.push({ server: heldBy(String(pid)), others });
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
  const tenths = (values: readonly number[]) =>
    Array.from({ length: 10 }, (_, i) => {
      const tenth = (k: number) => Math.floor((k * values.length) / 10);
      const some = values.slice(tenth(i), Math.max(tenth(i) + 1, tenth(i + 1)));
      return some.reduce((sum, value) => sum + value, 0) / some.length;
    });
  return {
    server: tenths(readings.map(({ server }) => server)),
    others: tenths(readings.map(({ others }) => others)),
  };
}

function heldBy(pid: string): number {
  try {
    const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return 1024 * Number(kilobytes ?? 0);
  } catch {
    return 0; // it has just ended
  }
}
