import { expect, test } from 'vitest';
import { complaint, runCommand } from './run-command.js';

const node = (program: string) => runCommand(process.execPath, ['-e', program]);

test('a command that ends well', async () => {
  expect(await node('console.log(1); console.error(2)')).toEqual({
    ...{ code: 0, signal: undefined, found: true },
    ...{ stdout: '1\n', stderr: '2\n' },
  });
});

test('a command that is not there', async () => {
  const outcome = await runCommand('no-such-command', []);
  expect(outcome).toMatchObject({ code: undefined, found: false });
  expect(complaint(outcome)).toContain('ENOENT');
});

test.each([
  [
    'pip',
    'WARNING: Retrying\nERROR: No matching distribution\n\nhint: see above',
    'ERROR: No matching distribution',
  ],
  [
    'g++',
    'a.cc:1:10: fatal error: x.h: No such file\ncompilation terminated.',
    'a.cc:1:10: fatal error: x.h: No such file',
  ],
  [
    'Node',
    "throw er;\nError: getaddrinfo ENOTFOUND host\n    at a.js\nEmitted 'error' event at:",
    'Error: getaddrinfo ENOTFOUND host',
  ],
  ['anything else', 'first\nlast\n', 'last'],
  ['nothing', '', 'exit code 3'],
])('what %s complains of', async (_, said, wanted) => {
  const outcome = await node(`process.stderr.write(${JSON.stringify(said)}); process.exitCode = 3`);
  expect(complaint(outcome)).toBe(wanted);
});

test('a command that was ended', async () => {
  expect(complaint(await node('process.kill(process.pid, "SIGTERM"); setTimeout(() => {}, 5000)'))).toBe(
    'ended by SIGTERM',
  );
});
