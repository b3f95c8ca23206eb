import fs from 'node:fs';
import path from 'node:path';
import { tfjsPackageFolder } from './packages.js';
import type { OnSetupProgress } from './setup-progress.js';
import { complaint, runCommand } from './run-command.js';

/**
 * The addon inside the package @tensorflow/tfjs-node-gpu, where the package's own installer, or a person, puts one;
 * undefined when there is none or the library that it opens is not there.
 */
export function packageAddon(): string | undefined {
  const folder = tfjsPackageFolder();
  const addon = path.join(folder, 'lib', `napi-v${nodeApiVersion(folder)}`, 'tfjs_binding.node');
  const library = { win32: 'tensorflow.dll', darwin: 'libtensorflow.2.dylib' }[process.platform as string];
  const needed = path.join(folder, 'deps', 'lib', library ?? 'libtensorflow.so.2');
  // A hand-made link may have the plain name only.
  const found = [needed, path.join(folder, 'deps', 'lib', 'libtensorflow.so')].some((file) =>
    fs.existsSync(file),
  );
  return found && fs.existsSync(addon) ? addon : undefined;
}

/** The newest version of Node's stable addon interface that both this Node and the package know. */
function nodeApiVersion(folder: string): number {
  const manifest = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
    binary: { napi_versions: number[] };
  };
  const own = Number(process.versions['napi']);
  return Math.max(...manifest.binary.napi_versions.filter((version) => version <= own));
}

/**
 * Runs the installer that comes with @tensorflow/tfjs-node-gpu: it downloads an older TensorFlow (2.9.1 on x86-64) into
 * the package's folder, and on some systems compiles the addon with node-gyp.
 *
 * @throws Error when it fails or the folder may not be written to.
 */
export async function runOwnInstaller(onProgress: OnSetupProgress): Promise<string> {
  const folder = tfjsPackageFolder();
  try {
    fs.accessSync(folder, fs.constants.W_OK);
  } catch {
    throw new Error(`it writes to ${folder}, which this user may not`);
  }
  onProgress({ kind: 'note', message: "Running tfjs-node-gpu's own installer" });
  const tools = [path.join(folder, 'node_modules', '.bin'), path.resolve(folder, '..', '..', '.bin')];
  const outcome = await runCommand(process.execPath, ['scripts/install.js', 'gpu', 'download'], {
    cwd: folder,
    env: { ...process.env, PATH: [...tools, process.env['PATH'] ?? ''].join(path.delimiter) },
  });
  const addon = outcome.code === 0 ? packageAddon() : undefined;
  if (addon === undefined) throw new Error(complaint(outcome));
  return addon;
}
