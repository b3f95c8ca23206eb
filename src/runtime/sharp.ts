/**
 * sharp, by its CommonJS build. Its ES module reads a JSON file by an import attribute: Node 20.9 cannot parse that, and
 * Node 20.10 to 20.18 and 22.0 to 22.11 warn of an experiment on the standard error of every command.
 */
import { createRequire } from 'node:module';
import type sharp from 'sharp';

export type { OverlayOptions, Sharp } from 'sharp';

export default createRequire(import.meta.url)('sharp') as typeof sharp;
