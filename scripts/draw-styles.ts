/**
 * Draws three strongly textured pictures to take a style from, so that documents and tests need no painting of anybody's:
 * brush strokes along a whirling flow, a mosaic, and a woodcut.
 *
 *     npx tsx scripts/draw-styles.ts DIR
 */
import fs from 'node:fs';
import path from 'node:path';
import { drawStyle, styleNames } from './drawing/styles.js';
import { scriptArguments } from './helpers/arguments.js';

const { positionals } = scriptArguments(import.meta.url, { allowPositionals: true });
const [folder = '.'] = positionals;
fs.mkdirSync(folder, { recursive: true });
for (const name of styleNames) await drawStyle(name, path.join(folder, `${name}.png`));
