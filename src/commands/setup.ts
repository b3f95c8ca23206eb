import type { Command } from 'commander';
import { UserError } from '../runtime/errors.js';
import { byteSize } from '../runtime/byte-size.js';
import { installFromBundle } from '../runtime/install/bundle.js';
import { ensureTensorFlow } from '../runtime/install/ensure.js';
import { untilInterrupted } from './interrupt.js';
import { print } from './output.js';
import { checkDeviceName } from './prepare.js';
import { progressDisplay } from './progress-display.js';

interface SetupOptions {
  readonly device: string;
  readonly withoutCard: boolean;
  readonly bundle?: string;
  readonly base?: readonly string[];
  readonly from?: string;
}

export function addSetupCommand(program: Command): void {
  program
    .command('setup')
    .description('set TensorFlow up now, or carry it to a machine without any network')
    .option('--device <name>', 'auto, cpu or gpu', 'auto')
    .option(
      '--without-card',
      'with --device gpu: though there is no card here, as in the build of an image',
      false,
    )
    .option('--bundle <dir>', 'copy what a machine without network needs into this new or empty folder')
    .option('--base <names...>', 'with --bundle: networks whose published weights are to come along')
    .option('--from <dir>', 'set up from such a folder, asking no network')
    .action(async (options: SetupOptions, command: Command) => {
      const device = checkDeviceName(options.device);
      const { withoutCard } = options;
      if (options.from !== undefined && (withoutCard || command.getOptionValueSource('device') === 'cli')) {
        throw new UserError(
          'Expected --from without --device and --without-card: which TensorFlow is set up is settled when the bundle is made.',
        );
      }
      if (withoutCard && device !== 'gpu') {
        throw new UserError(
          `Expected --without-card together with --device gpu but the device is ${device}.`,
        );
      }
      if (options.bundle !== undefined && options.from !== undefined) {
        throw new UserError(
          'Expected --bundle, which writes a folder, or --from, which reads one, but received both.',
        );
      }
      if (options.base && options.bundle === undefined) {
        throw new UserError(
          "Expected --base together with --bundle. To bring weights to this machine: 'finetune zoo fetch'.",
        );
      }
      const display = progressDisplay(process.stderr, { quiet: false });
      if (options.bundle !== undefined) {
        const { makeBundle } = await import('../recipes/setup.js');
        const { directory, files, bytes, weights } = await untilInterrupted(display, (signal) =>
          makeBundle(options.bundle!, {
            device,
            withoutCard,
            bases: options.base ?? [],
            onProgress: display.show,
            signal,
          }),
        );
        const also = weights.length > 0 ? `, weights ${weights.join(', ')}` : '';
        await print(`${directory}: TensorFlow and its addon${also}; ${files} files, ${byteSize(bytes)}.`);
        await print(
          `Copy it to the other machine, and with it the folder that finetune is installed in, node_modules included. There: finetune setup --from ${options.bundle}`,
        );
      } else if (options.from !== undefined) {
        const { release, weights } = await installFromBundle(options.from, display.show);
        await print(`TensorFlow is set up: ${release}${weights > 0 ? `; ${weights} files of weights` : ''}`);
      } else {
        const { addon } = await ensureTensorFlow({ device, withoutCard, onProgress: display.show });
        await print(`TensorFlow is set up: ${addon}`);
      }
    });
}
