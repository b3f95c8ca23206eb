import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './command-line.js';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** The package as npm would publish it, and a project that has it as its dependency. */
export interface PackedPackage {
  /** To be removed at the end. */
  readonly folder: string;
  /** As it would be published. */
  readonly tarball: string;
  /** Where it was unpacked. */
  readonly place: string;
  /** Its files, with forward slashes. */
  readonly files: readonly string[];
  readonly consumer: string;
}

/** @param leftOut packages that the package manager did not install. */
export function packedPackage(leftOut: readonly string[] = []): PackedPackage {
  const folder = temporaryFolder();
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const { status, stdout, stderr } = run('npm', args, root);
  if (status !== 0) throw new Error(`npm pack: ${stderr}`);
  const [made] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[];
  const tarball = path.join(folder, made!.filename);
  run('tar', ['-xzf', tarball, '-C', folder], folder);
  // The package's own dependencies are those of this checkout; the consumer has nothing but the package.
  linkAll(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), leftOut);
  const consumer = path.join(folder, 'consumer');
  const place = path.join(folder, 'package');
  fs.mkdirSync(path.join(consumer, 'node_modules'), { recursive: true });
  fs.symlinkSync(place, path.join(consumer, 'node_modules', 'finetune'));
  return { folder, tarball, place, files: made!.files.map((file) => file.path), consumer };
}

export function run(
  command: string,
  args: readonly string[],
  cwd: string,
  environment: Record<string, string> = {},
) {
  const env = { ...process.env, ...environment };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', env });
  return { status, stdout, stderr };
}

function linkAll(from: string, to: string, leftOut: readonly string[]): void {
  fs.mkdirSync(to);
  for (const name of fs.readdirSync(from)) {
    const scope = name.startsWith('@') ? name : undefined;
    if (scope) fs.mkdirSync(path.join(to, scope));
    for (const inner of scope ? fs.readdirSync(path.join(from, scope)) : [name]) {
      const full = scope ? path.join(scope, inner) : inner;
      if (!leftOut.includes(full)) fs.symlinkSync(path.join(from, full), path.join(to, full));
    }
  }
}
