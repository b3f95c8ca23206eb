import { z } from 'zod';
import { layoutNames } from '../data/split-names.js';
import { acceptedNames } from '../models/registry.js';
import { didYouMean, UserError } from '../runtime/errors.js';
import { headNames } from '../training/head-names.js';
import { scheduleNames } from '../training/schedule.js';
import { optimiserNames } from '../training/optimiser-names.js';

const positive = z.number().positive();
const count = z.number().int().positive();
const fraction = z.number().min(0).lt(1);

/** A name out of a list, with the nearest one suggested. */
function oneOf<const T extends readonly string[]>(names: T) {
  return z.enum(names, {
    error: ({ input }) =>
      `expected ${names.join(', ')} but received '${input}'.${didYouMean(String(input), names)}`,
  });
}

const schema = z.strictObject({
  /** The folder of pictures: DIR/CLASS/* or DIR/{train,val,test}/CLASS/*. */
  data: z.string().min(1),
  /** The pretrained network that lends its convolutional base. */
  base: oneOf(acceptedNames()).default('vgg16'),
  /** The run folder; by default runs/<name>. */
  out: z.string().min(1).optional(),
  /** The run's name; by default <data folder>-<base>, numbered when taken. */
  name: z
    .string()
    .regex(/^[^/\\]+$/, 'expected a name without slashes')
    .optional(),
  /** A weight file instead of the zoo's. */
  weights: z.string().min(1).optional(),
  /** Whole number that all randomness follows from. */
  seed: z
    .number()
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(0),
  head: oneOf(headNames).default('linear'),
  /** The most epochs that the head is trained for. */
  epochs: count.default(100),
  batchSize: count.max(4096).default(32),
  /** Of the first epoch; by default 0.01 for the linear head and 0.001 for the mlp. */
  learningRate: positive.max(10).optional(),
  schedule: oneOf(scheduleNames).default('cosine'),
  optimiser: oneOf(optimiserNames).default('adam'),
  /** Of SGD. */
  momentum: fraction.default(0.9),
  /** 'auto' tries several and lets the validation pictures choose. */
  weightDecay: z.union([z.literal('auto'), z.number().min(0)]).default('auto'),
  labelSmoothing: fraction.default(0),
  classWeights: oneOf(['none', 'balanced']).default('none'),
  /** Epochs without a lower validation loss before training stops; by default 15, and never for the linear head. */
  patience: count.optional(),
  /** Share of units that the mlp head drops while training. */
  dropout: fraction.default(0.5),
  /** Layer or block of the base from which on it is trained too, after the head; by default all of it is frozen. */
  unfreeze: z.string().min(1).optional(),
  /** The most epochs for the unfrozen layers. */
  unfreezeEpochs: count.default(10),
  /** Of the unfrozen layers' first epoch. */
  unfreezeLearningRate: positive.max(10).default(1e-5),
  /** How pictures are brought to the network's input size. */
  resize: oneOf(['squash', 'crop', 'letterbox']).default('squash'),
  /** Share of the training pictures that choose and never train, where the folder has no part for it. */
  validationFraction: z.number().gt(0).lt(1).default(0.15),
  /** Share of a flat folder that is held out for the final figures. */
  testFraction: z.number().gt(0).lt(1).default(0.15),
  /** A split.json of an earlier run to use again. */
  split: z.string().min(1).optional(),
  baseline: oneOf(['lenet5', 'none']).default('lenet5'),
  /** The most epochs that the baseline is trained for. */
  baselineEpochs: count.default(60),
  /** Of the frozen part: 'auto' tries int8 (on a GPU float16) and takes it when it is faster and close to float32. */
  precision: oneOf(['auto', 'float32', 'int8', 'bfloat16', 'float16']).default('auto'),
  device: oneOf(['auto', 'cpu', 'gpu']).default('auto'),
  /** Pictures that go through the frozen base at once: 'auto' goes by the device and its memory. */
  extractBatchSize: z.union([z.literal('auto'), count.max(1024)]).default('auto'),
  /** Whether features are kept on disk for the next run. */
  cache: z.boolean().default(true),
  /** Gigabytes of features kept; the ones used longest ago go first. */
  cacheLimit: positive.default(10),
  /** What the folders of `data` are: classes, splits (train, val, test) or groups that hold the classes. */
  layout: oneOf(layoutNames).default('auto'),
  /** Whether an unreadable picture is an error. */
  strict: z.boolean().default(false),
});

/** What `finetune` takes; everything but `data` has a default. */
export type FinetuneOptions = z.input<typeof schema>;

/** The options with all defaults filled in, as config.json keeps them. */
export type ResolvedOptions = z.output<typeof schema>;

/** The default of every option, for the help texts. */
export const optionDefaults: ResolvedOptions = schema.parse({ data: '.' });

/** Fills in the defaults; throws one UserError that names every fault. */
export function resolveOptions(options: FinetuneOptions): ResolvedOptions {
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, code, message, ...issue }) => {
    const name = path.join('.') || 'options';
    if (code === 'unrecognized_keys') return message;
    const received = (options as Record<string, unknown>)[String(path[0])];
    if (message.includes('received')) return `${name}: ${message}`;
    const bound =
      'minimum' in issue || 'maximum' in issue ? message.replace(/^.*expected/, 'expected') : message;
    return `${name}: ${bound} but received ${JSON.stringify(received)}`;
  });
  throw new UserError(`Unusable options: ${faults.join('; ')}`);
}
