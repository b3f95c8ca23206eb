import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../test/helpers/picture-folders.js';
import { resolveOptions } from './options.js';
import { asUserError } from '../runtime/system-errors.js';
import { openRunFolder } from './run-folder.js';

let root: string;
beforeEach(async () => {
  root = await temporaryFolder();
  const before = process.cwd();
  process.chdir(root);
  onTestFinished(() => process.chdir(before));
});

const options = (more: { out?: string; name?: string } = {}) => resolveOptions({ data: 'pets', ...more });
const out = options({ out: 'run' });
const files = (folder = 'run') => fs.readdirSync(path.join(root, folder)).sort();
const textOf = (file: string) => fs.readFileSync(path.join(root, 'run', file), 'utf8');

/** A run from its start to its end, or to where it is interrupted. */
async function run(
  given: typeof out,
  identity: string,
  results?: Record<string, string>,
): Promise<{ directory: string; unfinished: string }> {
  const folder = await openRunFolder(given, identity);
  for (const [name, text] of Object.entries(results ?? {})) {
    fs.mkdirSync(path.dirname(path.join(folder.resultFolder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder.resultFolder, name), text);
  }
  if (results) await folder.finish();
  await folder.close();
  return { directory: path.basename(folder.directory), unfinished: folder.unfinished };
}

const first = { 'metrics.json': '1', 'model/model.json': '1', 'results-baseline.csv': '1' };

describe('with --out', () => {
  test('an interrupted run is gone on with by the same identity and gives way to another', async () => {
    expect(await run(out, 'a')).toMatchObject({ unfinished: 'none' });
    fs.writeFileSync(path.join(root, 'run', 'checkpoint', 'head.safetensors'), 'learned');
    expect(await run(out, 'a')).toMatchObject({ unfinished: 'resumed' });
    expect(textOf('checkpoint/head.safetensors')).toBe('learned');
    expect(await run(out, 'b')).toMatchObject({ unfinished: 'replaced' });
    expect(files('run/checkpoint')).not.toContain('head.safetensors');
  });

  test('a finished run stays whole until its successor is', async () => {
    await run(out, 'a', first);
    expect(files()).toEqual(['checkpoint', 'metrics.json', 'model', 'results-baseline.csv']);
    const next = await openRunFolder(out, 'b');
    fs.writeFileSync(path.join(next.resultFolder, 'metrics.json'), '2');
    await next.close();
    expect([textOf('metrics.json'), textOf('model/model.json')]).toEqual(['1', '1']);
    expect(await run(out, 'b', { 'metrics.json': '2', 'model/model.json': '2' })).toMatchObject({
      unfinished: 'resumed',
    });
    expect([textOf('metrics.json'), textOf('model/model.json')]).toEqual(['2', '2']);
    expect(files()).toEqual(['checkpoint', 'metrics.json', 'model']);
    expect(files('run/checkpoint')).toEqual(['finished', 'identity.json']);
  });

  test('a place that takes no folders is said, not tried for ever', async () => {
    const thrown = await openRunFolder(options({ out: '/proc/x' }), 'a').catch((error: unknown) => error);
    expect(asUserError(thrown)).toMatchObject({
      name: 'UserError',
      message: expect.stringContaining("'/proc/x' but the folder above it takes no new ones"),
    });
  });

  test('a folder with other things in it is refused and left alone', async () => {
    fs.mkdirSync(path.join(root, 'run', 'checkpoint'), { recursive: true });
    fs.writeFileSync(path.join(root, 'run', 'checkpoint', 'theirs.pt'), '');
    await expect(openRunFolder(out, 'a')).rejects.toThrow('holds other files');
    fs.writeFileSync(path.join(root, 'run', 'a.txt'), '');
    await expect(openRunFolder(out, 'a')).rejects.toThrow('holds other files');
    expect(files()).toEqual(['a.txt', 'checkpoint']);
    await expect(openRunFolder(options({ out: 'run/a.txt' }), 'a')).rejects.toThrow('is a file');
  });

  test('what a start on a full disk leaves is not in the way', async () => {
    fs.mkdirSync(path.join(root, 'run', 'checkpoint'), { recursive: true });
    await run(out, 'a');
    fs.writeFileSync(path.join(root, 'run', 'checkpoint', 'identity.json'), '');
    expect(await run(out, 'a')).toMatchObject({ unfinished: 'replaced' });
    expect(await run(out, 'a')).toMatchObject({ unfinished: 'resumed' });
  });
});

describe('the lock', () => {
  test('refuses a second run, naming the process, and is given back', async () => {
    const folder = await openRunFolder(out, 'a');
    for (const identity of ['a', 'b']) {
      await expect(openRunFolder(out, identity)).rejects.toThrow(
        `Expected no other run in 'run' but this process (${process.pid}) is at work there.`,
      );
    }
    await folder.close();
    expect(await run(out, 'a')).toMatchObject({ unfinished: 'resumed' });
    expect(files()).toEqual(['checkpoint']);
  });

  test('names another process that lives, and does not count once that is dead', async () => {
    const folder = await openRunFolder(out, 'a');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const lock = path.join(root, 'run', '.lock');
    const holder = JSON.parse(fs.readFileSync(lock, 'utf8')) as Record<string, unknown>;
    const began = fs.readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[19];
    fs.writeFileSync(lock, JSON.stringify({ ...holder, id: 'other', pid: child.pid, began }));
    await folder.close();
    await expect(openRunFolder(out, 'a')).rejects.toThrow(`process ${child.pid} is at work there`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await run(out, 'a')).toMatchObject({ unfinished: 'resumed' });
  });
});

describe('without --out', () => {
  const named = options({ name: 'x' });

  test('a finished run is never touched, an interrupted one of the same identity is gone on with', async () => {
    expect(await run(named, 'a', first)).toEqual({ directory: 'x', unfinished: 'none' });
    expect(await run(named, 'a')).toEqual({ directory: 'x-2', unfinished: 'none' });
    expect(await run(named, 'b')).toEqual({ directory: 'x-3', unfinished: 'none' });
    expect(await run(named, 'a', first)).toEqual({ directory: 'x-2', unfinished: 'resumed' });
    fs.writeFileSync(path.join(root, 'runs', 'x-4'), 'a file');
    expect(await run(named, 'c')).toEqual({ directory: 'x-5', unfinished: 'none' });
  });

  test('two at once: others go elsewhere, the same is refused', async () => {
    const folder = await openRunFolder(named, 'a');
    expect(await run(named, 'b')).toMatchObject({ directory: 'x-2' });
    await expect(openRunFolder(named, 'a')).rejects.toThrow(`no other run in '${path.join('runs', 'x')}'`);
    await folder.close();
  });

  test('two that start at the same moment never share a folder', async () => {
    const folders = await Promise.all(['a', 'b', 'c'].map((identity) => openRunFolder(named, identity)));
    expect(new Set(folders.map(({ directory }) => directory)).size).toBe(3);
    for (const folder of folders) await folder.close();
  });
});
