import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Estimate } from '../src/recipes/estimate.js';
import { finetune } from './helpers/command-line.js';
import { offline } from './helpers/main-job.js';
import { scratchFolders } from './helpers/scratch.js';

const { scratch } = scratchFolders();

describe('mistakes end with code 2 and one line', () => {
  test.each([
    ['a mistyped command', ['predit'], "Did you mean 'predict'?"],
    ['a mistyped option', ['--data', 'x', '--epohcs', '3'], 'Did you mean --epochs?'],
    ["a peer's option", ['--data', 'x', '--lr', '3'], "unknown option '--lr': here it is --learning-rate"],
    ["a peer's option that has no equal", ['--data', 'x', '--time-limit', '9'], 'no clock decides'],
    ['no data', ['--base', 'vgg16'], 'the folder of your pictures, such as --data ./pets'],
    ['an unknown base', ['--data', 'x', '--base', 'vgg61'], 'Near it: vgg16,'],
    ['a family of bases', ['--data', 'x', '--base', 'resnet'], 'Near it: resnet18, resnet34, resnet50,'],
    ['a folder without --data that is not there', ['./nowhere'], "pictures at './nowhere'"],
    [
      'several faults at once',
      ['--data', 'x', '--epochs', '-3', '--head', 'linea'],
      'epochs: expected number to be >0',
    ],
    ['words for numbers', ['--data', 'x', '--epochs', 'many'], 'Expected a number'],
    ['an unknown device', ['--data', 'x', '--device', 'tpu'], "received 'tpu'"],
    ['a folder that is not there', ['--data', 'nowhere'], 'nowhere'],
    ['a run that is not there', ['predict', 'nowhere', __filename], "'nowhere' does not exist"],
    ['accuracy in per cent', ['evaluate', 'x', '--data', 'y', '--fail-under', '95'], 'For 95 % write 0.95'],
  ])('%s', async (_, args, message) => {
    const { code, stdout, stderr } = await finetune(args);
    expect(stderr).toContain(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).not.toContain('    at ');
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  test('nothing at all shows the main job and the commands', async () => {
    const { code, stdout, stderr } = await finetune([]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('$ finetune --data ./pets');
    expect(stdout).toContain('evaluate');
  });

  test('folders that may be classes or groups, before anything is fetched', async () => {
    const data = scratch();
    for (const place of ['2019/cats', '2019/dogs', '2020/cats', '2020/dogs']) {
      fs.mkdirSync(path.join(data, place), { recursive: true });
      fs.writeFileSync(path.join(data, place, '1.jpg'), 'never looked into');
    }
    const { code, stdout, stderr } = await finetune(['--data', data]);
    expect(stderr).toMatch(/'2019' and '2020' hold the same folders.*--layout classes.*--layout groups/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const other = await finetune(['--data', data, '--layout', 'class']);
    expect(other.stderr).toContain("Did you mean 'classes'?");
    expect(other.code).toBe(2);
  });

  test('--help and --version go to standard output and end with 0', async () => {
    const help = await finetune(['--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain('evaluate');
    expect(await finetune(['--version'])).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('doctor', () => {
  test('--json prints every check, and nothing anywhere else', async () => {
    const { code, stdout, stderr } = await finetune(['doctor', '--json'], {
      environment: { FINETUNE_ZOO: '' },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string }[] };
    const names = ['Node', 'Processor', 'Python', 'C++ compiler', 'TensorFlow', 'Device', 'Cache', 'Weights'];
    expect(checks.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
    expect(checks.find(({ name }) => name === 'TensorFlow')?.status).toBe('ok');
  });

  test('--data says what the main job is likely to take, without weights', async () => {
    const ask = (more: readonly string[] = []) =>
      finetune(['doctor', '--data', 'data/pets', '--base', 'squeezenet', ...more], { environment: offline });
    const { code, stdout } = await ask();
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ok {4}Pictures +520 pictures in 4 classes\. Held out is/m);
    expect(stdout).toMatch(
      /^ok {4}Time +about \d+ s to the report: \d+ s for features \(\d+ ms a picture, measured\)/m,
    );
    expect(stdout).toMatch(/^ok {4}Memory +about [\d.]+ [MG]B of/m);
    const all = await ask(['--json', '--baseline', 'none']);
    expect(all.stderr).toBe('');
    const { estimate } = JSON.parse(all.stdout) as { estimate: Estimate };
    expect(estimate).toMatchObject({ pictures: 520, classes: 4 });
    expect(estimate.seconds.total).toBe(estimate.seconds.features + estimate.seconds.others);
    expect(estimate.disk.features).toBeGreaterThan(520 * 512 * 4);
  });

  test('options of a job without its pictures are a mistake', async () => {
    const { code, stderr } = await finetune(['doctor', '--base', 'vgg16']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'finetune: Expected --data with --base: finetune doctor --data ./pets.\n',
    });
  });

  test('what stops a run ends it with code 1, and what to do', async () => {
    const { code, stdout } = await finetune(['doctor'], { environment: { FINETUNE_ZOO: '/no/such/zoo' } });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^fail {2}Weights +FINETUNE_ZOO is \/no\/such\/zoo.*\n +→ Correct the variable/m);
  });
});
