import { z } from 'zod';
import { count, oneOf, option, positive } from '../runtime/option.js';

/** How the frozen part computes, and where what it computed is kept. */
export const featureOptions = {
  precision: option(oneOf(['auto', 'float32', 'int8', 'bfloat16', 'float16']).default('auto'), {
    value: 'name',
    help: 'of the frozen base: auto (int8 or, on a GPU, float16, where faster and close), float32, int8, bfloat16, float16',
  }),
  extractBatchSize: option(z.union([z.literal('auto'), count.max(1024)]).default('auto'), {
    value: 'n',
    help: 'pictures through the frozen base at once',
    defaultText: 'auto: 16 on a CPU, on a GPU doubled while that is faster; fewer where memory is short',
  }),
  cache: option(z.boolean().default(true), {
    help: "keep the base's features for the next run",
    negated: "don't keep the base's features for the next run",
  }),
  cacheLimit: option(positive.default(10), {
    value: 'gigabytes',
    help: 'features kept; the longest unused go first',
  }),
};

export type FeatureOptions = z.output<z.ZodObject<typeof featureOptions>>;
