import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** Of every file of features in a shared folder, by its place: a digest of its bytes. */
export function featureFiles(store: string): Record<string, string> {
  const root = path.join(store, 'features');
  const files = fs.readdirSync(root, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    files
      .filter((file) => file.endsWith('.features'))
      .map((file) => [
        file,
        createHash('sha256')
          .update(fs.readFileSync(path.join(root, file)))
          .digest('hex'),
      ]),
  );
}
