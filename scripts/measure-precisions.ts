/**
 * The frozen base in float32, bfloat16 and int8, on a CPU: how much time each takes of float32's, and how close its features
 * come to float32's on pictures that calibrated nothing. All are in one process and take turns, so that other work hits all
 * alike; of each the best time counts, by the clock and by the processor's own count.
 *
 *     FINETUNE_ZOO=./weights npx tsx scripts/measure-precisions.ts ./pets efficientnet-lite0 224 320 448 [--rounds 15]
 *
 * Features are the averages and maxima of the base's last two stages, 16 pictures at once.
 */
import { performance } from 'node:perf_hooks';
import { scanFolder } from '../src/data/scan.js';
import { calibrate } from '../src/features/calibrate.js';
import { fidelity } from '../src/features/fidelity.js';
import { compileInt8Prefix } from '../src/features/int8-prefix.js';
import { compilePrefix, type PixelBatch, type Prefix } from '../src/features/prefix.js';
import { withPreprocessing } from '../src/models/compose.js';
import { withPooledFeatures } from '../src/models/pooled-features.js';
import { modelSpec } from '../src/models/registry.js';
import { UserError } from '../src/runtime/errors.js';
import { ensureTensorFlow } from '../src/runtime/install/ensure.js';
import { loadWeights } from '../src/zoo/load-weights.js';
import { scriptArguments } from './helpers/arguments.js';
import { pixelBatches } from '../src/features/pixel-batches.js';

const { positionals, values } = scriptArguments(import.meta.url, {
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '15' } },
});
const [folder, base, ...sides] = positionals;
if (!folder || !base || sides.length === 0)
  throw new UserError('Expected a folder, a base and sizes. See --help.');
await ensureTensorFlow({ device: 'cpu' });
const spec = modelSpec(base);
const { parts } = await scanFolder(folder);
const pictures = Object.values(parts)
  .flat()
  .sort((a, b) => (a.digest < b.digest ? -1 : 1)); // any order that depends on the pictures alone is as good as chance

for (const side of sides.map(Number)) {
  const network = spec.buildBase([side, side, 3]);
  const { weights } = await loadWeights(base, network);
  const ready = withPreprocessing({ network, weights }, spec.preprocessing);
  const features = spec.depths.slice(-2).flatMap((layer) => pooled(layer));
  const weighted = { ...ready, network: withPooledFeatures(ready.network, features) };
  const [calibration, heldOut] = await pixelsOf(side);
  const prefixes: Record<string, Prefix> = {
    float32: compilePrefix(weighted),
    bfloat16: compilePrefix(weighted, { precision: 'bfloat16' }),
    int8: compileInt8Prefix(weighted, calibrate(weighted, [calibration])),
  };
  report(side, prefixes, heldOut);
  for (const prefix of Object.values(prefixes)) prefix.dispose();
}

function pooled(layer: string) {
  return (['average', 'max'] as const).map((pool) => ({ layer, pool }));
}

/** Sixteen pictures to calibrate and sixteen others to compare. */
async function pixelsOf(side: number): Promise<[PixelBatch, PixelBatch]> {
  const decode = { height: side, width: side, channels: 3, resize: 'squash' } as const;
  const [calibration, heldOut] = await pixelBatches(pictures.slice(0, 32), { ...decode, batchSize: 16 });
  if (!calibration || !heldOut) throw new UserError(`Expected 32 pictures but '${folder}' has fewer.`);
  return [calibration, heldOut];
}

function report(side: number, prefixes: Record<string, Prefix>, { pixels, count }: PixelBatch): void {
  const names = Object.keys(prefixes);
  const outputs = new Map(names.map((name) => [name, prefixes[name]!.run(pixels, count)]));
  const best = new Map(names.map((name) => [name, { clock: Infinity, processor: Infinity }]));
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const name of names) {
      const [started, before] = [performance.now(), process.cpuUsage()];
      prefixes[name]!.run(pixels, count);
      const clock = (performance.now() - started) / count;
      const { user, system } = process.cpuUsage(before);
      const so = best.get(name)!;
      const processor = (user + system) / 1000 / count;
      best.set(name, { clock: Math.min(so.clock, clock), processor: Math.min(so.processor, processor) });
    }
  }
  const reference = best.get('float32')!;
  for (const name of names) {
    const { clock, processor } = best.get(name)!;
    const { cosine, lowestCosine } = fidelity(outputs.get(name)!, outputs.get('float32')!, count);
    const shares = `${(clock / reference.clock).toFixed(2)} by the clock, ${(processor / reference.processor).toFixed(2)} of the processor's time`;
    const closeness = `cosine ${cosine.toFixed(4)}, lowest ${lowestCosine.toFixed(4)}`;
    console.log(`${base} ${side} ${name}: ${clock.toFixed(2)} ms a picture; ${shares}; ${closeness}`);
  }
}
