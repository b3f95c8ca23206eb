/** The process of one of our engines: `engine.ts WORK VARIANT`. */
import { serve } from '../serve.js';
import { loadFeatures } from './features.js';

const [work, variant] = process.argv.slice(2);
const loaders = { features: loadFeatures };
const load = loaders[work as keyof typeof loaders];

await serve((setup) => load(variant!, setup));
