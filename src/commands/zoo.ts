import type { Command } from 'commander';
import type { Conversion, Converted } from '../recipes/zoo-convert.js';
import type { ZooAddOptions } from '../recipes/zoo-add.js';
import { didYouMean, UserError } from '../runtime/errors.js';
import { printable } from '../runtime/printable.js';
import { untilInterrupted } from './interrupt.js';
import { print } from './output.js';
import { prepareTensorFlow } from './prepare.js';
import { progressDisplay } from './progress-display.js';
import { zooInfoText, zooTable } from './zoo-text.js';

/** Adds `finetune zoo` and its own commands. */
export function addZooCommand(program: Command, finish: (code: number) => void): void {
  const zoo = program
    .command('zoo')
    .description('published weights: what there is, what is here, and more of it');
  zoo
    .command('list')
    .description('all published weights that can be read: size, operations, accuracy, licence, here or not')
    .option('--json', 'print an array of objects', false)
    .action(async ({ json }: { json: boolean }) => {
      const { zooList } = await import('../recipes/zoo.js');
      const rows = zooList(warn);
      await print(json ? JSON.stringify(rows, null, 2) : zooTable(rows));
    });
  zoo
    .command('info')
    .description('all there is to know of some weights, or of a network')
    .argument('<name>', 'weights as zoo list names them, or a network')
    .option('--json', 'print an array of objects', false)
    .action(async (name: string, { json }: { json: boolean }) => {
      const { zooInfo } = await import('../recipes/zoo.js');
      const infos = zooInfo(name, warn);
      await print(json ? JSON.stringify(infos, null, 2) : infos.map(zooInfoText).join('\n\n'));
    });
  zoo
    .command('fetch')
    .description('bring weights to this machine, verified, for later runs')
    .argument('<names...>', 'weights as zoo list names them, or networks')
    .option('--offline', 'only look on this machine', false)
    .action(async (names: string[], { offline }: { offline: boolean }) => {
      const { zooFetch } = await import('../recipes/zoo.js');
      const display = progressDisplay(process.stderr, { quiet: false });
      const fetched = await untilInterrupted(display, (signal) =>
        zooFetch(names, { onProgress: display.show, offline, signal }),
      );
      for (const { name, source } of fetched) await print(`${name}: ${source}`);
    });
  zoo
    .command('verify')
    .description('check the digests of all weights on this machine')
    .action(async () => {
      const { zooVerify } = await import('../recipes/zoo.js');
      const verified = await zooVerify(async ({ name, file, fault }) => {
        await print(`${fault === undefined ? 'ok  ' : 'FAIL'}  ${name}  ${fault ?? file}`);
      }, warn);
      if (verified.length === 0) await print('No weights are on this machine.');
      finish(verified.some(({ fault }) => fault !== undefined) ? 1 : 0);
    });
  zoo
    .command('convert')
    .description('write weights of any format that can be read as TF.js or safetensors')
    .argument(
      '<file>',
      'a weight file, or the folder of a TF.js model or SavedModel; FILE#SET takes one set of a checkpoint with ' +
        'several, as model.pth#model_ema',
    )
    .requiredOption('--base <name>', 'the network that the weights are of')
    .requiredOption('--to <format>', 'tfjs or safetensors')
    .option('--out <path>', 'the file or folder to write (default: named after the file, in this folder)')
    .action(async (file: string, options: ConvertOptions) => {
      const { path, parameters, note } = await convert(file, options);
      if (note) console.error(note);
      await print(`${path}: ${parameters.toLocaleString('en-GB')} parameters`);
    });
  zoo
    .command('add')
    .description("add weights of one's own to finetune.zoo.json, for --weights NAME")
    .argument('<name>', 'a new name')
    .requiredOption('--base <name>', 'the network that the weights are of')
    .option('--file <path>', 'a weight file on this machine, or FILE#SET')
    .option('--url <url>', 'its address, with --digest')
    .option('--digest <algorithm:hex>', 'of the file behind the address: sha256:…, sha1:… or md5:…')
    .option(
      '--part <part>',
      'whole, or base where the file behind the address has no classifier (default: whole)',
    )
    .option('--family <name>', 'caffe, keras, slim, timm or torchvision: how the weights want their pictures')
    .option('--licence <text>', 'of the weights')
    .option('--attribution <text>', 'who trained them')
    .action(async (name: string, options: ZooAddOptions) => {
      const { zooAdd } = await import('../recipes/zoo-add.js');
      const { model } = await zooAdd(name, options);
      await print(`Added: finetune --base ${model} --weights ${name} --data DIR`);
    });
}

function warn(message: string): void {
  console.error(printable(`finetune: ${message}`));
}

interface ConvertOptions {
  readonly base: string;
  readonly to: string;
  readonly out?: string;
}

async function convert(file: string, { base, to, out }: ConvertOptions): Promise<Converted> {
  const { conversions, convertWeights } = await import('../recipes/zoo-convert.js');
  if (!conversions.includes(to as Conversion)) {
    throw new UserError(
      `Expected --to ${conversions.join(' or ')} but received '${to}'.${didYouMean(to, conversions)}`,
    );
  }
  if (to === 'tfjs') await prepareTensorFlow('cpu', progressDisplay(process.stderr, { quiet: true }));
  return convertWeights(file, { base, to: to as Conversion, out });
}
