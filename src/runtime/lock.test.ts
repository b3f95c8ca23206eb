import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { withLock, writeFileAtomic } from './atomic-file.js';
import { describeHolder, type Holder, type Lock, tryLock } from './lock.js';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'finetune-lock-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

describe('writeFileAtomic', () => {
  test('leaves the whole file and nothing else', async () => {
    const file = path.join(folder, 'a.txt');
    await Promise.all(['first', 'second', 'third'].map((text) => writeFileAtomic(file, text.repeat(1000))));
    expect(fs.readdirSync(folder)).toEqual(['a.txt']);
    expect(fs.readFileSync(file, 'utf8')).toMatch(/^(first|second|third)\1{999}$/);
  });

  test('cleans up when the file cannot be put in place', async () => {
    fs.mkdirSync(path.join(folder, 'taken', 'inside'), { recursive: true });
    await expect(writeFileAtomic(path.join(folder, 'taken'), 'text')).rejects.toThrow();
    expect(fs.readdirSync(folder)).toEqual(['taken']);
  });
});

describe('tryLock', () => {
  const file = () => path.join(folder, 'x.lock');

  test('names the process that holds it', async () => {
    const lock = (await tryLock(file())) as Lock;
    const other = (await tryLock(file())) as { holder: Holder };
    expect(describeHolder(other.holder)).toBe(`this process (${process.pid})`);
    expect(describeHolder({ ...other.holder, pid: 4711 })).toBe('process 4711');
    expect(describeHolder({ ...other.holder, machine: 'elsewhere pid:[1]' })).toContain('on elsewhere');
    await lock.release();
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  test('leaves nothing behind where it cannot be written', async () => {
    fs.mkdirSync(path.join(folder, 'taken'));
    fs.writeFileSync(path.join(folder, 'file'), '');
    await expect(tryLock(path.join(folder, 'file', 'x.lock'))).rejects.toThrow();
    expect(fs.readdirSync(folder).sort()).toEqual(['file', 'taken']);
  });

  test.each(['', '4711', '{"pid": 4711}', 'null'])(
    'a file of old that says %j does not hold it',
    async (text) => {
      fs.writeFileSync(file(), text);
      fs.utimesSync(file(), new Date(0), new Date(0));
      const lock = (await tryLock(file())) as Lock;
      await lock.release();
      expect(fs.readdirSync(folder)).toEqual([]);
    },
  );
});

describe('withLock', () => {
  test('lets in one at a time and returns what the work returns', async () => {
    const file = path.join(folder, 'deep', 'x.lock');
    let inside = 0;
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        withLock(file, async () => {
          expect(++inside).toBe(1);
          await wait(2);
          inside--;
          return i;
        }),
      ),
    );
    expect(results).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(fs.readdirSync(path.dirname(file))).toEqual([]);
  });

  test('frees the lock when the work fails', async () => {
    const file = path.join(folder, 'x.lock');
    await expect(withLock(file, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withLock(file, async () => 'free')).toBe('free');
  });

  test('waits for a living process and says so once', async () => {
    const file = path.join(folder, 'x.lock');
    let waits = 0;
    let release = () => {};
    const held = withLock(file, () => new Promise<void>((resolve) => (release = resolve)));
    while (!fs.existsSync(file)) await wait(1);
    const second = withLock(file, async () => 'second', { onWait: () => waits++ });
    await wait(350);
    release();
    await held;
    expect(await second).toBe('second');
    expect(waits).toBe(1);
  });

  test('takes over from a process that was killed', async () => {
    const file = path.join(folder, 'x.lock');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await withLock(file, async () => {
      const holder = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, unknown>;
      const stat = fs.readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
      fs.writeFileSync(`${file}.child`, JSON.stringify({ ...holder, pid: child.pid, began: stat[19] }));
    });
    fs.renameSync(`${file}.child`, file);
    let waited = false;
    const second = withLock(file, async () => 'taken over', { onWait: () => (waited = true) });
    await wait(250);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await second).toBe('taken over');
    expect(waited).toBe(true);
  });

  test('is not fooled by a later process with the same number, nor by an empty file', async () => {
    const file = path.join(folder, 'x.lock');
    await withLock(file, async () => {
      const holder = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, unknown>;
      fs.writeFileSync(`${file}.old`, JSON.stringify({ ...holder, id: 'old', began: '1' }));
    });
    fs.renameSync(`${file}.old`, file);
    expect(await withLock(file, async () => 'taken over')).toBe('taken over');
    fs.writeFileSync(file, '');
    fs.utimesSync(file, new Date(0), new Date(0));
    expect(await withLock(file, async () => 'taken over')).toBe('taken over');
  });

  test('takes over from another machine that has been silent for long, not from one that was seen lately', async () => {
    const file = path.join(folder, 'x.lock');
    const elsewhere = JSON.stringify({ id: 'a', pid: 1, began: '1', machine: 'elsewhere' });
    fs.writeFileSync(file, elsewhere);
    const second = withLock(file, async () => 'taken over');
    await wait(250);
    expect(fs.readFileSync(file, 'utf8')).toBe(elsewhere);
    fs.utimesSync(file, new Date(0), new Date(0));
    expect(await second).toBe('taken over');
  });
});
