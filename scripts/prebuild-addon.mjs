// Puts TensorFlow's addon, compiled for this kind of machine, into prebuilt/, so that the package that is being packed
// needs no compiler where it fits. Sets TensorFlow up when it is not.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = new URL('../dist/', import.meta.url);
const { ensureTensorFlow } = await import(new URL('runtime/install/ensure.js', dist).href);
const { prebuiltPlace } = await import(new URL('runtime/install/prebuilt.js', dist).href);

fs.rmSync(fileURLToPath(new URL('../prebuilt/', import.meta.url)), { recursive: true, force: true });
const { addon, build } = await ensureTensorFlow({ device: 'cpu' });
if (build === 'package') {
  console.error('Packed without an addon: the one in use was not compiled by us.');
} else {
  const place = prebuiltPlace();
  fs.mkdirSync(path.dirname(place), { recursive: true });
  fs.copyFileSync(addon, place);
}
