import { expect, test } from 'vitest';
import { commandLine } from './interrupt.js';

test('the command that a report shows names no queue, and no password of an address', () => {
  const typed = [
    '--data',
    'my pets',
    '--queue',
    'redis://ann:secret@host:6379/1',
    '--queue=rediss://:secret@host',
    '--weights',
    'https://ann:secret@host/vgg16.bin',
  ];
  expect(commandLine(typed)).toBe("finetune --data 'my pets' --weights https://host/vgg16.bin");
});
