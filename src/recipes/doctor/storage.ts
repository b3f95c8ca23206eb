import fs from 'node:fs';
import path from 'node:path';
import { cacheFolder, cacheRoot, folderSize } from '../../runtime/cache.js';
import type { Check } from '../doctor.js';
import { gigabytes } from './sizes.js';

/** What one run may write: features of a few thousand pictures, weights, a report. */
const enoughDisk = 2e9;
/** How many weight files are named. */
const listed = 3;
const parts = ['tensorflow', 'weights', 'features'] as const;

/** Free disk space, what the cache holds, and which weights are at hand. */
export function storageChecks(): Check[] {
  return [checkDisk(), checkCache(), ...checkWeights()];
}

function checkDisk(): Check {
  const name = 'Disk';
  const folder = nearestFolder(cacheRoot());
  const { bavail, bsize } = fs.statfsSync(folder);
  const message = `${gigabytes(bavail * bsize)} free for the cache`;
  if (bavail * bsize >= enoughDisk) return { name, status: 'ok', message };
  return { name, status: 'warn', message, advice: 'Make room, or name another place in FINETUNE_CACHE.' };
}

function checkCache(): Check {
  const name = 'Cache';
  const sizes = parts.map((part) => `${part} ${gigabytes(folderSize(cacheFolder(part)))}`);
  const message = `${cacheRoot()}: ${sizes.join(', ')}`;
  try {
    fs.accessSync(nearestFolder(cacheRoot()), fs.constants.W_OK);
    return { name, status: 'ok', message };
  } catch {
    return {
      name,
      status: 'warn',
      message: `${message}; this user may not write there`,
      advice: 'Name a folder of your own in FINETUNE_CACHE.',
    };
  }
}

function checkWeights(): Check[] {
  const name = 'Weights';
  const cached: Check = { name, status: 'ok', message: `cache: ${listing(cacheFolder('weights'))}` };
  const zoo = process.env['FINETUNE_ZOO'];
  if (!zoo) return [cached];
  if (fs.existsSync(zoo))
    return [cached, { name, status: 'ok', message: `FINETUNE_ZOO ${zoo}: ${listing(zoo)}` }];
  return [
    cached,
    {
      name,
      status: 'fail',
      message: `FINETUNE_ZOO is ${zoo}, which does not exist`,
      advice: 'Correct the variable, or unset it to download weights.',
    },
  ];
}

/** How many files a folder holds, and the largest by name. */
function listing(folder: string): string {
  if (!fs.existsSync(folder)) return 'none yet';
  const files = fs
    .readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !/\.(part|lock)$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => ({ name: path.relative(folder, file), size: fs.statSync(file).size }))
    .sort((a, b) => b.size - a.size || a.name.localeCompare(b.name));
  if (files.length === 0) return 'none yet';
  const named = files.slice(0, listed).map(({ name, size }) => `${name} (${gigabytes(size)})`);
  const rest = files.length > listed ? [`${files.length - listed} smaller files`] : [];
  return [...named, ...rest].join(', ');
}

function nearestFolder(folder: string): string {
  return fs.existsSync(folder) ? folder : nearestFolder(path.dirname(folder));
}
