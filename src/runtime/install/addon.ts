import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { runCommand } from './command.js';
import type { Variant } from './packages.js';
import { addonFile, addonSources, libraryFolder, quietFile, quietSource } from './paths.js';

const require = createRequire(import.meta.url);

/** Compiles the native addon of tfjs-node-gpu against the library in the cache, where it stays, and ours beside it. */
export async function compileAddons(variant: Variant): Promise<void> {
  const compiler = await findCompiler();
  await compile(compiler, variant, quietFile(variant), [quietSource], []);
  // the file that says that all is there comes last
  await compile(compiler, variant, addonFile(variant), addonSources(), [
    '-ltensorflow',
    '-ltensorflow_framework',
  ]);
}

async function compile(
  compiler: string,
  variant: Variant,
  target: string,
  sources: readonly string[],
  libraries: readonly string[],
): Promise<void> {
  const { include_dir: nodeHeaders } = require('node-api-headers') as { include_dir: string };
  const folder = libraryFolder(variant);
  const temporary = `${target}.${process.pid}.part`;
  try {
    await runCommand(compiler, [
      ...['-std=c++17', '-O2', '-shared', '-fPIC', '-w', '-DNAPI_VERSION=8'],
      ...['-I', nodeHeaders, '-I', path.join(folder, 'include')],
      ...sources,
      ...['-o', temporary, '-L', path.join(folder, 'lib'), ...libraries, '-ldl', '-Wl,-rpath,$ORIGIN/lib'],
    ]);
    fs.renameSync(temporary, target);
  } finally {
    fs.rmSync(temporary, { force: true });
  }
}

/** The first C++ compiler that answers; throws when there is none. */
export async function findCompiler(): Promise<string> {
  const candidates = [process.env['CXX'], 'c++', 'g++', 'clang++'].filter((name) => name !== undefined);
  for (const candidate of candidates) {
    try {
      await runCommand(candidate, ['--version']);
      return candidate;
    } catch {
      // not this one
    }
  }
  throw new Error(`no C++ compiler answers (tried ${candidates.join(', ')})`);
}
