/**
 * Wheels made by a test, and a stand-in for Python whose pip brings them from a folder. It writes down what it was asked
 * for, can be told to fail, and can end the set-up that called it in the middle of its work, as a power cut would.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Wheel } from '../../src/runtime/install/releases.js';
import { zip } from '../zip-writer.js';
import { temporaryFolder } from './command-line.js';

/** The Python of this machine; undefined where there is none. */
export const realPython =
  spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).stdout?.trim() ||
  undefined;

export interface StandInPython {
  /** Its command; its folder holds nothing else. */
  readonly command: string;
  /** What pip was asked to download so far. */
  downloads(): string[];
  /** Puts a wheel where pip finds it. */
  offer(wheel: Wheel, bytes: Uint8Array): void;
  /** From now on pip ends with an error for projects whose names begin so; '' is all of them. */
  failFor(project: string): void;
  /** At the next call of this kind, half of the work is done and then the caller is killed. */
  killCallerDuring(work: 'download' | 'unpack'): void;
  remove(): void;
}

export function standInPython(): StandInPython {
  const folder = temporaryFolder();
  const bin = path.join(folder, 'bin');
  const command = path.join(bin, 'python3');
  const log = path.join(folder, 'downloads.log');
  const failing = path.join(folder, 'fail-for');
  const killing = path.join(folder, 'kill-during');
  fs.mkdirSync(bin);
  fs.writeFileSync(command, program(folder), { mode: 0o755 });
  return {
    command,
    downloads: () => (fs.existsSync(log) ? fs.readFileSync(log, 'utf8').trim().split('\n') : []),
    offer: ({ project, version }, bytes) =>
      fs.writeFileSync(path.join(folder, `${project}==${version}`), bytes),
    failFor: (project) => fs.writeFileSync(failing, project),
    killCallerDuring: (work) => fs.writeFileSync(killing, work),
    remove: () => fs.rmSync(folder, { recursive: true }),
  };
}

/** A wheel with these files, and its pin. */
export function madeUpWheel(
  pin: Pick<Wheel, 'project' | 'folder' | 'keeps'>,
  files: Record<string, string | Uint8Array>,
): { wheel: Wheel; bytes: Uint8Array } {
  const bytes = zip(
    Object.entries(files).map(([name, content]) => ({
      name,
      content: typeof content === 'string' ? Buffer.from(content) : content,
      deflated: true,
    })),
  );
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const wheel = { ...pin, title: pin.project, version: '1.0', sha256, bytes: bytes.length };
  return { wheel, bytes };
}

function program(folder: string): string {
  return `#!${process.execPath}
const fs = require('node:fs');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
const folder = ${JSON.stringify(folder)};
const args = process.argv.slice(2);
const read = (name) => { try { return fs.readFileSync(path.join(folder, name), 'utf8'); } catch { return undefined; } };
const killCallerIf = (work) => {
  if (read('kill-during') !== work) return;
  fs.rmSync(path.join(folder, 'kill-during'));
  process.kill(process.ppid, 'SIGKILL');
  process.exit(1);
};
if (args.includes('--version')) {
  console.log('pip 23.2.1 from a test');
} else if (args[2] === 'download') {
  const wanted = args.at(-1);
  fs.appendFileSync(path.join(folder, 'downloads.log'), wanted + '\\n');
  const failing = read('fail-for');
  if (failing !== undefined && wanted.startsWith(failing)) {
    console.error('ERROR: No matching distribution found for ' + wanted);
    process.exit(1);
  }
  const bytes = fs.readFileSync(path.join(folder, wanted));
  const target = path.join(args[args.indexOf('--dest') + 1], wanted.replace('==', '-') + '-py3-none-any.whl');
  fs.writeFileSync(target, bytes.subarray(0, bytes.length / 2));
  killCallerIf('download');
  fs.writeFileSync(target, bytes);
} else {
  const unpacked = args[2];
  fs.mkdirSync(path.join(unpacked, 'half'), { recursive: true });
  killCallerIf('unpack');
  process.exitCode = spawnSync(${JSON.stringify(realPython)}, args, { stdio: 'inherit' }).status;
}
`;
}
