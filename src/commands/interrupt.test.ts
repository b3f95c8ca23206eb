import { expect, test } from 'vitest';
import { commandLine } from './interrupt.js';

test('the command that a report shows has no password of an address in it', () => {
  const typed = [
    '--data',
    'my pets',
    '--queue',
    'redis://ann:secret@host:6379/1',
    '--queue=rediss://:secret@host',
  ];
  expect(commandLine(typed)).toBe(
    "finetune --data 'my pets' --queue redis://host:6379/1 --queue=rediss://host",
  );
});
