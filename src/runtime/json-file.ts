import fs from 'node:fs';

/** What a JSON file holds; undefined where there is none, or it is damaged. */
export function readJsonIfThere(file: string): unknown {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
