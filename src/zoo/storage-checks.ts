import fs from 'node:fs';
import { cacheFolder, cacheRoot, folderSize, freeForCache, nearestFolder } from '../runtime/cache.js';
import { zooPath } from './sources.js';
import { zooStatus } from './zoo-status.js';
import type { Check } from '../runtime/checks/check.js';
import { byteSize } from '../runtime/byte-size.js';

/** What one run may write: features of a few thousand pictures, weights, a report. */
const enoughDisk = 2e9;
const parts = ['tensorflow', 'weights', 'features', 'precision'] as const;

/** Free disk space, what the cache holds, and which weights are at hand. */
export function storageChecks(): Check[] {
  return [checkDisk(), checkCache(), checkWeights()];
}

function checkDisk(): Check {
  const name = 'Disk';
  const free = freeForCache();
  const message = `${byteSize(free)} free for the cache`;
  if (free >= enoughDisk) return { name, status: 'ok', message };
  return { name, status: 'warn', message, advice: 'Make room, or name another place in FINETUNE_CACHE.' };
}

function checkCache(): Check {
  const name = 'Cache';
  const sizes = parts.map((part) => `${part} ${byteSize(folderSize(cacheFolder(part)))}`);
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

function checkWeights(): Check {
  const name = 'Weights';
  const zoo = process.env['FINETUNE_ZOO'];
  if (zoo && !fs.existsSync(zoo)) {
    const message = `FINETUNE_ZOO is ${zoo}, which does not exist`;
    return {
      name,
      status: 'fail',
      message,
      advice: 'Correct the variable, or unset it to download weights.',
    };
  }
  const status = zooStatus();
  const here = status.flatMap(({ entry, places: [place] }) =>
    place
      ? [`${entry.name} (${byteSize(place.bytes)} in ${place.kind === 'zoo' ? 'FINETUNE_ZOO' : 'the cache'})`]
      : [],
  );
  const absent = status.filter(({ places }) => places.length === 0).length;
  const parts = [
    ...(here.length > 0 ? [here.join(', ')] : []),
    ...(absent > 0 ? [`${absent} fetched when first needed (finetune zoo list)`] : []),
  ];
  const message = parts.join('; ');
  const zooIsOfUse = status.some(({ places }) => places.some(({ kind }) => kind === 'zoo'));
  if (!zoo || zooIsOfUse) return { name, status: 'ok', message };
  return {
    name,
    status: 'warn',
    message: `${message}; FINETUNE_ZOO (${zoo}) holds none of them`,
    advice: `Name the folder that has a file such as ${status.map(({ entry }) => zooPath(entry)).find(Boolean)}.`,
  };
}
