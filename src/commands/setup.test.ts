import { Command } from 'commander';
import { afterEach, expect, test, vi } from 'vitest';
import { makeBundle } from '../recipes/setup.js';
import { installFromBundle } from '../runtime/install/bundle.js';
import { addSetupCommand } from './setup.js';

vi.mock('../recipes/setup.js', () => ({
  makeBundle: vi.fn(() => Promise.resolve({ directory: 'd', files: 1, bytes: 1, weights: [] })),
}));
vi.mock('../runtime/install/bundle.js', () => ({
  installFromBundle: vi.fn(() => Promise.resolve({ release: 'r', weights: 0 })),
}));
vi.mock('./output.js', () => ({ print: () => Promise.resolve() }));
afterEach(() => {
  vi.clearAllMocks();
});

function setup(...args: string[]): Promise<unknown> {
  const program = new Command();
  addSetupCommand(program);
  return program.parseAsync(['setup', ...args], { from: 'user' });
}

test('a bundle for machines with a card is made where there is none', async () => {
  await setup('--bundle', 'd', '--device', 'gpu', '--without-card');
  expect(makeBundle).toHaveBeenCalledWith('d', expect.objectContaining({ device: 'gpu', withoutCard: true }));
});

test('what a bundle has in it is not for its reader to choose', async () => {
  for (const flags of [['--device', 'auto'], ['--device', 'gpu', '--without-card'], ['--without-card']]) {
    await expect(setup('--from', 'd', ...flags)).rejects.toThrow(/^Expected --from without --device and/);
  }
  expect(installFromBundle).not.toHaveBeenCalled();
  await setup('--from', 'd');
  expect(installFromBundle).toHaveBeenCalledOnce();
});
