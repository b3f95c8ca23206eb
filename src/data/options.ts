import { z } from 'zod';
import { layoutNames } from './split-names.js';
import { oneOf, option, partialShare } from '../runtime/option.js';

/** How pictures are found, divided and brought to the network's size. */
export const pictureOptions = {
  resize: option(oneOf(['squash', 'crop', 'letterbox']).default('squash'), {
    value: 'how',
    help: 'squash, crop (shorter side, then centre) or letterbox',
  }),
  validationFraction: option(partialShare.default(0.15), {
    value: 'x',
    help: 'share of training pictures that choose',
  }),
  testFraction: option(partialShare.default(0.15), {
    value: 'x',
    help: 'share of a flat folder that is held out',
  }),
  split: option(z.string().min(1).optional(), {
    value: 'file',
    help: "an earlier run's split.json to use again",
  }),
  groupBy: option(z.string().min(1).optional(), {
    value: 'what',
    help: 'what belongs together and never stands on both sides of a split: a regular expression on paths whose first (…) names the group, or a CSV file of path,group',
  }),
  dedupe: option(z.boolean().default(false), {
    help: 'leave copies out: of every photograph one picture stays, the held-out one if there is one',
  }),
  layout: option(oneOf(layoutNames).default('auto'), {
    value: 'name',
    help: 'what the folders of --data are: classes, splits (train, val, test, also in each class), groups that hold the classes, or auto: by names and contents',
  }),
  strict: option(z.boolean().default(false), { help: 'an unusable picture is an error' }),
};

export type PictureOptions = z.output<z.ZodObject<typeof pictureOptions>>;
