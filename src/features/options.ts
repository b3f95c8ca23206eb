import { z } from 'zod';
import { count, oneOf, option, positive } from '../runtime/option.js';

/** What the frozen part makes of a picture. */
export const baseOptions = {
  effort: option(oneOf(['quick', 'default', 'best']).default('default'), {
    value: 'name',
    help: "what auto of --base, --input, --features and --pool may take: default, quick (the network's own size, the average of its last map), or best (several networks and sizes, mirror images, heads: about ten minutes)",
  }),
  input: option(z.union([z.literal('auto'), count.min(32).max(1024)]).default('auto'), {
    value: 'n',
    help: "side in pixels that pictures are brought to, where the base's layers take any",
    defaultText:
      "auto: with --solver exact and few enough pictures 96 more than the network's own, else its own",
  }),
  features: option(z.string().min(1).default('auto'), {
    value: 'names',
    help: 'blocks or layers of the base whose maps are pooled, as block4,block5',
    defaultText:
      'auto: the last one; with --solver exact the stage before it too, if cross-validation says so',
  }),
  pool: option(z.string().min(1).default('auto'), {
    value: 'names',
    help: 'how maps are pooled: average, max, gem (the generalised mean of power 3), or several with commas',
    defaultText: 'auto: average; with --solver exact max too',
  }),
};

/** How the frozen part computes, and where what it computed is kept. */
export const featureOptions = {
  precision: option(oneOf(['auto', 'float32', 'int8', 'bfloat16', 'float16']).default('auto'), {
    value: 'name',
    help: 'of the frozen base: auto (int8, else bfloat16, or on a GPU float16, where faster and close), float32, int8, bfloat16, float16',
  }),
  extractBatchSize: option(z.union([z.literal('auto'), count.max(1024)]).default('auto'), {
    value: 'n',
    help: 'pictures through the frozen base at once',
    defaultText: 'auto: 16 on a CPU, on a GPU doubled while that is faster; fewer where memory is short',
  }),
  store: option(z.string().min(1).optional(), {
    value: 'dir',
    help: 'folder with features that finetune extract has computed, here or on other machines: only what is missing is computed',
  }),
  cache: option(z.boolean().default(true), {
    help: "keep the base's features, and what comes of them, for the next run",
    negated: "don't keep the base's features, and what comes of them, for the next run",
  }),
  cacheLimit: option(positive.default(10), {
    value: 'gigabytes',
    help: 'features, maps and verdicts kept; the longest unused go first',
  }),
};

export type FeatureOptions = z.output<z.ZodObject<typeof featureOptions>>;
export type BaseOptions = z.output<z.ZodObject<typeof baseOptions>>;
