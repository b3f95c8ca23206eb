import fs from 'node:fs';
import { UserError } from '../errors.js';
import { makeFolder } from '../make-folder.js';
import { cachedTfjsPackage, findTfjsPackage, tfjsPackage } from './packages.js';
import { complaint, runCommand } from './run-command.js';
import type { OnSetupProgress } from './setup-progress.js';

/**
 * Makes sure of the package @tensorflow/tfjs-node-gpu. Its install script downloads a library that we do not need;
 * where that fails, npm and Yarn leave the package out, for it is an optional one: so that installing us never fails.
 * Then it is brought here, without its script, by npm and from whatever registry npm is set up with.
 *
 * @throws UserError when npm is not there or does not get it.
 */
export async function bringTfjsPackage(onProgress: OnSetupProgress): Promise<void> {
  if (findTfjsPackage() !== undefined) return;
  const { name, version } = tfjsPackage;
  onProgress({ kind: 'note', message: `Bringing ${name}, which the package manager left out` });
  const place = cachedTfjsPackage();
  const arriving = `${place}.partial`;
  fs.rmSync(arriving, { recursive: true, force: true });
  makeFolder(arriving);
  const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
  const install = ['install', '--prefix', arriving, '--ignore-scripts', ...quiet, `${name}@${version}`];
  const outcome = await runCommand('npm', install, { cwd: arriving });
  if (outcome.code !== 0) {
    fs.rmSync(arriving, { recursive: true, force: true });
    throw new UserError(
      `Expected the package ${name} but the package manager left it out and npm did not bring it: ${complaint(outcome)}. ` +
        "Install finetune again without install scripts ('npm install --ignore-scripts finetune'), then run the same command again.",
    );
  }
  fs.rmSync(place, { recursive: true, force: true });
  fs.renameSync(arriving, place);
}
