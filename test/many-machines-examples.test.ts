/** The examples of docs/many-machines.md, and the simulation whose figures bench/README.md shows. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';
import { type Model, simulate } from '../bench/many-machines/simulation.js';

const page = fs.readFileSync(new URL('../docs/many-machines.md', import.meta.url), 'utf8');
const example = (name: string) => new RegExp(`\`\`\`\\w+ ${name}\\n([^]*?)\`\`\``).exec(page)![1]!;
const has = (command: string) => spawnSync(command, ['--version']).error === undefined;

test('the Kubernetes manifest keeps to the schema of Kubernetes', () => {
  const manifest = parse(example('kubernetes')) as ConstructorParameters<typeof Job>[0] & object;
  expect(() => new Job(manifest).validate()).not.toThrow();
  expect(() =>
    new Job({ ...manifest, spec: { ...manifest.spec!, completions: 'all' as never } }).validate(),
  ).toThrow();
  // what the schema does not say: an index can only fail by itself in an Indexed job, and with each restart a new pod
  const { completionMode, completions, template } = manifest.spec!;
  expect([completionMode, template.spec!.restartPolicy]).toEqual(['Indexed', 'Never']);
  expect(template.spec!.containers[0]!.args!.join()).toContain(`/${completions}"`);
});

test('the Slurm script is a good one of bash', () => {
  const script = example('slurm');
  const parsed = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' });
  expect(parsed.stderr).toBe('');
  const [, count] = /--array=1-(\d+)/.exec(script)!;
  expect(script).toContain(`$SLURM_ARRAY_TASK_ID/${count}`);
});

test.skipIf(!has('shellcheck'))('shellcheck finds nothing in it', () => {
  const { stdout } = spawnSync('shellcheck', ['-'], { input: example('slurm'), encoding: 'utf8' });
  expect(stdout).toBe('');
});

describe('simulation', () => {
  const model: Model = {
    ...{ pictures: 10_000, shards: 100, workers: 4, perPicture: 0.1, noise: 0, stragglers: 0, slowdown: 1 },
    ...{ queue: 0, serial: 0, startUp: 0, timeToFailure: Infinity, lock: 30, repair: 60 },
  };

  test('without trouble it is the work divided', () => {
    expect(simulate(model, 1)).toMatchObject({
      seconds: expect.closeTo(250, 6) as number,
      failures: 0,
      lost: 0,
    });
  });

  test('with failures everything is done all the same, later, and the same for a seed', () => {
    const troubled = { ...model, noise: 0.1, timeToFailure: 100, startUp: 5 };
    const outcome = simulate(troubled, 2);
    expect(outcome.failures).toBeGreaterThan(3);
    expect(outcome.seconds).toBeGreaterThan(250 + outcome.lost / 4);
    expect(simulate(troubled, 2)).toEqual(outcome);
    expect(simulate(troubled, 3)).not.toEqual(outcome);
  });
});
