import fs from 'node:fs';
import path from 'node:path';
import { cacheFolder } from '../cache.js';
import { messageOf, UserError } from '../errors.js';
import { type DeviceName, hasNvidiaDriver, wantedVariant } from '../gpu.js';
import { withLock } from '../lock.js';
import { compileAddons, findCompiler } from './addon.js';
import { runCommand } from './command.js';
import { installLibrary, type SetupProgress } from './library.js';
import type { Variant } from './packages.js';
import { isInstalled, libraryFolder, packagedAddon, tfjsPackage } from './paths.js';

/**
 * Puts a working TensorFlow in place: the one in the shared cache, else the pinned library through pip with the addon
 * compiled against it, else whatever the tfjs package's own installer brings. Takes a few milliseconds when there is
 * nothing to do. Several processes may call it at once.
 *
 * @throws UserError that names each way that was tried, why it failed, and what to install.
 */
export async function ensureTensorFlow(
  options: { readonly device?: DeviceName; readonly onProgress?: SetupProgress } = {},
): Promise<void> {
  const { device = 'auto', onProgress = () => undefined } = options;
  if (device === 'gpu' && !hasNvidiaDriver()) {
    throw new UserError(
      'Expected an NVIDIA GPU for --device gpu but no NVIDIA driver is loaded. See finetune doctor.',
    );
  }
  const variant = wantedVariant(device);
  if (isInstalled(variant) || fs.existsSync(packagedAddon())) return;
  fs.mkdirSync(cacheFolder('tensorflow'), { recursive: true });
  const lock = path.join(cacheFolder('tensorflow'), 'install.lock');
  await withLock(
    lock,
    async () => {
      if (!isInstalled(variant)) await install(variant, onProgress);
    },
    { onWait: () => onProgress('Waiting for another set-up of TensorFlow to finish') },
  );
}

async function install(variant: Variant, onProgress: SetupProgress): Promise<void> {
  const started = performance.now();
  const failures: string[] = [];
  try {
    if (process.platform !== 'linux' || process.arch !== 'x64') {
      throw new Error(`there is no pinned library for ${process.platform} ${process.arch}`);
    }
    await findCompiler();
    await installLibrary(variant, onProgress);
    onProgress('Compiling the TensorFlow addon');
    await compileAddons(variant);
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    onProgress(
      `TensorFlow is set up in ${libraryFolder(variant)} (${seconds} s); every checkout uses it from there`,
    );
    return;
  } catch (error) {
    failures.push(`pip and a C++ compiler: ${messageOf(error)}`);
  }
  onProgress(
    `Could not set TensorFlow up with pip (${failures[0]}); trying the tfjs package's own installer`,
  );
  try {
    await runCommand(process.execPath, ['scripts/install.js', 'gpu', 'download'], {
      directory: tfjsPackage(),
    });
    if (fs.existsSync(packagedAddon())) return;
    throw new Error('it left no addon behind');
  } catch (error) {
    failures.push(`the tfjs package's own installer: ${messageOf(error)}`);
  }
  throw new UserError(
    `Could not set TensorFlow up. Tried ${failures.join('; and ')}. On Debian or Ubuntu install the tools with ` +
      `'apt-get install python3-pip g++' and run the command again; behind a proxy or mirror, configure pip for it.`,
  );
}
