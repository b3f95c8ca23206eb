/**
 * Time and memory of the exact search over stored vectors: made-up ones are written to a feature store, as a training
 * or a search writes them, and looked through as `finetune similar` does.
 *
 *     npx tsx scripts/search-a-million.ts [COUNT] [FOLDER]
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FeatureStore } from '../src/features/feature-store.js';
import { centredCosineOf } from '../src/retrieval/centred.js';
import { searchExactly } from '../src/retrieval/exact-search.js';
import { blockRows, rowsFrom } from '../src/retrieval/rows.js';
import { Random } from '../src/runtime/random.js';
import { scriptArguments } from './helpers/arguments.js';

const { positionals } = scriptArguments(import.meta.url, { allowPositionals: true });
const count = Number(positionals[0] ?? 1_000_000);
const folder = fs.mkdtempSync(path.join(positionals[1] ?? os.tmpdir(), 'finetune-million-'));
const width = 512;

/** As long as a picture's digest. */
const nameOf = (place: number) => String(place).padStart(64, '0');

async function timed<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  const [started, before] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  const memory = process.resourceUsage().maxRSS / 1024;
  console.log(
    `${what.padEnd(44)} ${((performance.now() - started) / 1000).toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} s of processor, peak memory ${memory.toFixed(0)} MB`,
  );
  return result;
}

try {
  const random = new Random(1);
  const drawn = (rows: number) => Float32Array.from({ length: rows * width }, () => random.next());
  await timed(`write ${count} vectors of ${width}`, () => {
    const store = new FeatureStore(folder, [width]);
    for (let start = 0; start < count; start += blockRows) {
      const rows = Math.min(blockRows, count - start);
      const names = Array.from({ length: rows }, (_, i) => nameOf(start + i));
      store.add(names, drawn(rows));
    }
    store.close();
  });
  const store = await timed('open the store', () => new FeatureStore(folder, [width]));
  const rows = rowsFrom(count, width, (start, end) =>
    store.read(Array.from({ length: end - start }, (_, i) => nameOf(start + i))),
  );
  const cosine = await timed('their mean', () => centredCosineOf(rows));
  for (const queries of [1, 100]) {
    const found = await timed(`the ten most similar for ${queries} of them`, () =>
      searchExactly(
        rows,
        store.read(Array.from({ length: queries }, (_, i) => nameOf((i * 997) % count))),
        cosine,
        10,
      ),
    );
    const first = found.every(([match], i) => match!.place === (i * 997) % count);
    console.log(`  each finds itself first: ${first}`);
  }
  store.close();
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}
