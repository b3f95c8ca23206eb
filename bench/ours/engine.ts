/** The process of one of our engines: `engine.ts WORK VARIANT`. */
import { serve } from '../serve.js';
import { loadBlock5 } from './block5.js';
import { loadFeatures } from './features.js';
import { loadLenet } from './lenet.js';

const [work, variant] = process.argv.slice(2);
const loaders = { features: loadFeatures, lenet: loadLenet, block5: loadBlock5 };
const load = loaders[work as keyof typeof loaders];

await serve((setup) => load(variant!, setup));
