import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { demandDevice } from '../runtime/device-facts.js';
import { messageOf } from '../runtime/errors.js';
import type { DeviceName } from '../runtime/gpu.js';
import type { OpenFits } from '../runs/study-fits.js';
import type { FitsAnswer, FitsJob } from './fits-job.js';
import { fitFor, type Processor } from './processing.js';
import type { WorkerSettings } from './worker-settings.js';

interface OpenPlan extends OpenFits<unknown, unknown> {
  readonly store: string;
  readonly plan: string;
  /** Where its answers go. */
  readonly answers: string;
  close(): void;
}

/** Makes fits of studies. The examples of the last plan stay open for its next fits. */
export function fitsProcessor(settings: WorkerSettings, device: DeviceName): Processor<FitsJob, FitsAnswer> {
  let open: OpenPlan | undefined;
  let machine: string | undefined;
  const close = () => {
    open?.close();
    open = undefined;
  };
  const openPlan = async (store: string, plan: string): Promise<OpenPlan> => {
    // after the device is chosen: what they import opens TensorFlow
    const { describeDevice } = await import('../runtime/device.js');
    const { fitsFolder, openFits } = await import('../runs/fit-plan.js');
    const { fittingKind } = await import('../runs/fitting-kind.js');
    demandDevice(device, describeDevice());
    machine ??= await fittingKind();
    const { kind, fits, close: closeExamples } = openFits(store, plan);
    // each fit makes a folder of its own there and removes it
    const opened = kind.open(fits, { folder: os.tmpdir(), signal: undefined });
    return {
      store,
      plan,
      answers: path.join(fitsFolder(store, plan), machine),
      fit: (part) => opened.fit(part),
      close: () => {
        opened.close?.();
        closeExamples();
      },
    };
  };
  const run = async (
    { plan, parts, names, ...job }: FitsJob,
    tell: (done: number) => void,
  ): Promise<FitsAnswer> => {
    const store = settings.store ?? job.store;
    if (open?.plan !== plan || open.store !== store) {
      close();
      open = await fitFor(() => openPlan(store, plan));
    }
    const { answerFile, writeAnswer } = await import('../runs/fit-plan.js');
    const failed: string[] = [];
    let made = 0;
    for (const [i, part] of parts.entries()) {
      try {
        if (!fs.existsSync(path.join(open.answers, answerFile(part)))) {
          await writeAnswer(open.answers, part, await open.fit(part));
          made++;
        }
      } catch (error) {
        // the others are not to suffer from it
        failed.push(parts.length > 1 ? `${names[i]}: ${messageOf(error)}` : messageOf(error));
      }
      tell(i + 1);
    }
    if (failed.length > 0) throw new Error(failed.join('; '));
    return { fits: parts.length, made };
  };
  return { run, close };
}
