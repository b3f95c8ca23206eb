import path from 'node:path';
import { type Command, Option } from 'commander';
import type { z } from 'zod';
import { printable } from '../runtime/printable.js';
import { studyGroups, type StudyOptions } from '../runs/study-options.js';
import type { ResolvedOptions } from '../runs/options.js';
import type { StudyHooks } from '../runs/study.js';
import { commandLine, untilInterrupted } from './interrupt.js';
import { addOptionGroups } from './option-flags.js';
import { askWorkers, expectStore, fitsElsewhere, queueFlag } from './queue-flag.js';
import { print } from './output.js';
import { prepareTensorFlow } from './prepare.js';
import { progressDisplay } from './progress-display.js';

/** What a study leaves behind. */
interface Finished {
  readonly directory: string;
  /** For --json. */
  readonly result: object;
  readonly summary: string;
}

/** A command that makes many fits on the same stored features. */
interface StudyCommand<Options extends StudyOptions> {
  readonly name: string;
  readonly description: string;
  /** The table of its own options. */
  readonly own: Readonly<Record<string, z.ZodType>>;
  /** Options of the main job that it has no use for. */
  readonly without?: readonly string[];
  /** What stands after the command instead of the folder. */
  readonly argument?: {
    readonly name: string;
    readonly description: string;
    readonly take: (words: readonly string[]) => Promise<Partial<Options>>;
  };
  /** Refuses before TensorFlow is opened what makes no sense. @returns the jobs whose features it is about. */
  readonly check: (options: Options) => readonly ResolvedOptions[] | Promise<readonly ResolvedOptions[]>;
  readonly run: (options: Options, hooks: StudyHooks) => Promise<Finished>;
}

export function addStudyCommand<Options extends StudyOptions>(
  program: Command,
  finish: (code: number) => void,
  study: StudyCommand<Options>,
): void {
  const command = program
    .command(study.name)
    .description(study.description)
    .argument(
      study.argument?.name ?? '[dir]',
      study.argument?.description ?? 'the folder of pictures, as --data',
    );
  addOptionGroups(command, studyGroups(study.own, study.without));
  for (const [flag, help] of [
    ['--json', 'print the figures as one JSON object on standard output'],
    ['--quiet', 'print only warnings and the result'],
  ] as const) {
    command.addOption(new Option(flag, help).default(false, '').helpGroup('Output:'));
  }
  command.addOption(queueFlag('compute the features and make the fits, by way of --store'));
  command.action(
    async (
      word: string | string[] | undefined,
      given: Options & { json: boolean; quiet: boolean; queue?: string },
    ) => {
      const { json, quiet, queue, ...flags } = given;
      const typed = Object.entries(flags).filter(([name]) => command.getOptionValueSource(name) === 'cli');
      const taken = study.argument
        ? await study.argument.take([word ?? []].flat())
        : word
          ? { data: word }
          : {};
      const options = { ...taken, ...Object.fromEntries(typed) } as unknown as Options;
      const jobs = await study.check(options);
      expectStore(queue, options);
      const display = progressDisplay(process.stderr, { quiet: quiet || json });
      await prepareTensorFlow(options.device ?? 'auto', display);
      const { directory, result, summary } = await untilInterrupted(display, async (signal) => {
        const hooks = { onProgress: display.show, signal };
        await askWorkers(queue, jobs, hooks);
        const title = `${study.name} ${path.basename(path.resolve(jobs[0]!.data))}`;
        const elsewhere = await fitsElsewhere(queue, title, options, hooks);
        return study.run(options, { ...hooks, ...elsewhere, command: commandLine() });
      });
      if (json) await print(JSON.stringify({ directory, ...result }));
      else await print(`\n${printable(summary)}\n\nReport: ${shown(path.join(directory, 'report.html'))}`);
      finish(0);
    },
  );
}

function shown(file: string): string {
  const relative = path.relative('', file);
  return relative.startsWith('..') ? file : relative;
}
