import type { Progress } from '../runtime/progress.js';
import { duration, percent } from '../report/text.js';
import { printable } from '../runtime/printable.js';

/** Where progress goes: a bar that redraws itself on a terminal, plain lines elsewhere. */
export interface ProgressDisplay {
  show(progress: Progress): void;
  /** Leaves the cursor on a fresh line. */
  end(): void;
}

type Output = NodeJS.WriteStream | { isTTY?: boolean; columns?: number; write(text: string): unknown };

/** Shows a job's progress on `output`; warnings are shown even when `quiet`. */
export function progressDisplay(output: Output, { quiet }: { quiet: boolean }): ProgressDisplay {
  const terminal = output.isTTY === true;
  const linesEvery = 10_000;
  let drawn = false;
  let lastLine = performance.now();
  let lastDraw = Number.NEGATIVE_INFINITY;
  const stageStart = new Map<string, number>();

  const line = (text: string) => {
    output.write(`${drawn ? '\r\x1b[K' : ''}${printable(text)}\n`);
    drawn = false;
  };
  const draw = (text: string, whole: boolean) => {
    const now = performance.now();
    if (terminal) {
      if (now - lastDraw < 80 && !whole) return;
      output.write(`\r\x1b[K${printable(text).slice(0, (output.columns ?? 80) - 1)}`);
      drawn = true;
      lastDraw = now;
      if (whole) line(text);
    } else if (whole || now - lastLine > linesEvery) {
      line(text);
      lastLine = now;
    }
  };

  const show = (progress: Progress) => {
    if (progress.kind === 'warning') return line(`Warning: ${progress.message}`);
    if (quiet) return;
    switch (progress.kind) {
      case 'note':
        return line(progress.message);
      case 'work': {
        const { stage, done, total, unit } = progress;
        const started = stageStart.get(stage) ?? performance.now();
        stageStart.set(stage, started);
        if (done === total) stageStart.delete(stage); // what comes next under this name begins anew
        const seconds = (performance.now() - started) / 1000;
        const left = done > 0 ? (seconds / done) * (total - done) : 0;
        const amount =
          unit === 'bytes'
            ? `${(done / 1e6).toFixed(0)} of ${(total / 1e6).toFixed(0)} MB`
            : `${done} of ${total}${seconds > 1 && unit === 'pictures' ? `, ${(done / seconds).toFixed(0)} pictures/s` : ''}`;
        const time = done === total ? duration(seconds) : `${duration(left)} left`;
        return draw(`${stage.padEnd(18)} ${bar(done / total)} ${amount}, ${time}`, done === total);
      }
      case 'batch': {
        if (!terminal) return;
        const { network, epoch, epochs, batch, batches, loss, accuracy, picturesPerSecond } = progress;
        const share = (epoch - 1 + batch / batches) / epochs;
        const figures = `loss ${loss.toFixed(3)}, accuracy ${percent(accuracy)}, ${picturesPerSecond.toFixed(0)} pictures/s`;
        const perBatch = (batches * epochs - ((epoch - 1) * batches + batch)) / Math.max(1, batches);
        const started = stageStart.get(network) ?? performance.now();
        stageStart.set(network, started);
        const seconds = (performance.now() - started) / 1000;
        const left = share > 0 ? (seconds * (1 - share)) / share : perBatch;
        return draw(
          `${`Training ${network}`.padEnd(18)} ${bar(share)} epoch ${epoch}/${epochs}, ${figures}, ${duration(left)} left`,
          false,
        );
      }
      case 'epoch': {
        const { network, record, epochs } = progress;
        const { epoch, loss, accuracy, validationLoss, validationAccuracy } = record;
        if (epoch === epochs) stageStart.delete(network);
        const validation =
          validationLoss === undefined
            ? ''
            : `, validation loss ${validationLoss.toFixed(3)}, accuracy ${percent(validationAccuracy!)}`;
        const text = `Training ${network}: epoch ${epoch}/${epochs}, loss ${loss.toFixed(3)}, accuracy ${percent(accuracy)}${validation}`;
        if (epoch === epochs) return line(text);
        if (!terminal && performance.now() - lastLine > linesEvery) {
          line(text);
          lastLine = performance.now();
        }
        return;
      }
    }
  };
  return {
    show,
    end: () => {
      if (drawn) output.write('\n');
      drawn = false;
    },
  };
}

/** A bar of 20 cells filled to a share, 0 to 1. */
function bar(share: number): string {
  const cells = Math.max(0, Math.min(20, Math.round(20 * share)));
  return `${'█'.repeat(cells)}${'░'.repeat(20 - cells)}`;
}
