import fs from 'node:fs';
import path from 'node:path';
import type { Measurement, Report, RunSettings } from './benchmark.js';
import { threadVariables } from './engine-process.js';
import { type EngineName } from './engines.js';
import { build, mainJob } from './main-job.js';
import { writeMadeUpPictures } from './made-up-pictures.js';
import { runOnce } from './one-shot.js';

export const growthEngines = ['ours float32', 'ours int8'] as const;

/** The least arithmetic that a base has here, at the pictures' own size: what grows is not hidden behind what does not. */
const smallBase = ['--base', 'mobilenet-v1-0.25', '--input', '128'] as const;

const sizes = [100, 1000, 10_000, 100_000] as const;

/** The main job on ever more pictures: time a picture and memory must not grow with their number. */
export async function runGrowth(names: readonly EngineName[], settings: RunSettings): Promise<Report> {
  const { folder, threads, say } = settings;
  build();
  const measured: (Measurement & { pictures: number; seconds: number; peakMegabytes: number })[] = [];
  for (const pictures of sizes.filter((size) => size <= settings.most)) {
    const data = path.join(folder, `${pictures}`);
    say(`growth: making up ${pictures} pictures`);
    await writeMadeUpPictures(data, pictures);
    for (const engine of names) {
      say(`growth: ${pictures} pictures, ${engine}`);
      const precision = engine.replace('ours ', '');
      const command = mainJob(data, path.join(folder, `${precision}-${pictures}`), precision, smallBase);
      const { seconds, peakMegabytes } = await runOnce(command, threadVariables(threads));
      const msPerImage = (1000 * seconds) / pictures;
      measured.push({
        ...{ benchmark: 'growth', engine, batch: 16, msPerImage, ratioToBestPeer: null },
        ...{ pictures, seconds, peakMegabytes },
      });
    }
    fs.rmSync(data, { recursive: true });
  }
  return {
    benchmark: 'growth',
    title:
      'The whole main job through MobileNet, width 0.25, on ever more made-up pictures of 128 × 128 pixels, in ten classes',
    measurements: measured,
    header: ['engine', 'pictures', 'seconds', 'ms a picture', 'peak MB'],
    rows: measured.map(({ engine, pictures, seconds, msPerImage, peakMegabytes }) => [
      engine,
      `${pictures}`,
      seconds.toFixed(1),
      msPerImage!.toFixed(1),
      peakMegabytes.toFixed(0),
    ]),
    missing: [],
  };
}
