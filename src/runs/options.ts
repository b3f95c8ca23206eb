import { z } from 'zod';
import { pictureOptions } from '../data/options.js';
import { baseOptions, featureOptions } from '../features/options.js';
import { acceptedNames } from '../models/registry.js';
import { nearestNames, UserError } from '../runtime/errors.js';
import { deviceNames } from '../runtime/gpu.js';
import { oneOf, option } from '../runtime/option.js';
import { catalogue } from '../zoo/catalogue.js';
import { expectHeeded, solverFor, trainingOptions } from '../training/options.js';

/** A network of the zoo, or several with commas between. */
const baseNames = z.string().superRefine((text, context) => {
  if (text === 'auto') return;
  const names = namesIn(text);
  const unknown = names.find((name) => !acceptedNames().includes(name));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (unknown !== undefined) context.addIssue({ code: 'custom', message: expectedBase(unknown) });
  else if (twice !== undefined) {
    const message = `expected each network once but received '${twice}' twice`;
    context.addIssue({ code: 'custom', message });
  }
});

function namesIn(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

/** With --effort best: families that make different mistakes. */
export const bestBases = ['vgg16', 'googlenet', 'efficientnet-lite0'] as const;

/** The networks that a run is built on, by name. */
export function basesOf({ base }: Pick<ResolvedOptions, 'base'>): string[] {
  return namesIn(base);
}

const runOptions = {
  data: option(z.string({ error: 'expected the folder of your pictures, such as --data ./pets' }).min(1), {
    value: 'dir',
    help: 'folder of pictures: DIR/CLASS/* or DIR/{train,val,test}/CLASS/*',
  }),
  base: option(baseNames.default('auto'), {
    value: 'names',
    help: 'pretrained network to build on; several with commas are read side by side',
    defaultText: `vgg16; with --effort best ${bestBases.join(', ')}, as far as their weights can be had`,
  }),
  out: option(z.string().min(1).optional(), {
    value: 'dir',
    help: 'run folder',
    defaultText: 'runs/<name>',
  }),
  name: option(
    z
      .string()
      .regex(/^[^/\\]+$/, 'expected a name without slashes')
      .optional(),
    { value: 'name', help: "the run's name", defaultText: '<data folder>-<base>' },
  ),
  weights: option(z.string().min(1).optional(), {
    value: 'file',
    help: "a weight file of your own instead of the zoo's; of a checkpoint with several sets FILE#SET takes one, as model.pth#model_ema",
  }),
  ...baseOptions,
  seed: option(
    z
      .number()
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .default(0),
    { value: 'n', help: 'whole number that all randomness follows from' },
  ),
};

/** Says which networks are near the one that was asked for, those first whose weights can be had. */
function expectedBase(given: string): string {
  const published = [...new Set(catalogue.map(({ model }) => model))];
  const near = nearestNames(given, published);
  const hint = near.length > 0 ? `Near it: ${near.join(', ')}. ` : `The usual one: vgg16. `;
  return `expected a network of the zoo but received '${given}'. ${hint}All: finetune zoo list`;
}

const machineOptions = {
  device: option(oneOf(deviceNames).default('auto'), { value: 'name', help: 'auto, cpu or gpu' }),
  ...featureOptions,
};

/**
 * The one table of the main job's options: from it come their types, checks and defaults, the command line's flags
 * and help, docs/options.md, and the schema of config files.
 */
export const optionGroups = [
  { heading: '', options: runOptions },
  { heading: 'Training:', options: trainingOptions },
  { heading: 'Pictures:', options: pictureOptions },
  { heading: 'Machine:', options: machineOptions },
] as const satisfies readonly { heading: string; options: Readonly<Record<string, z.ZodType>> }[];

/** What all options together must be. */
export const optionSchema = z.strictObject({
  ...runOptions,
  ...trainingOptions,
  ...pictureOptions,
  ...machineOptions,
});

/** What `finetune` takes; everything but `data` has a default. */
export type FinetuneOptions = z.input<typeof optionSchema>;

/** The options with all defaults filled in, as config.json keeps them. */
export type ResolvedOptions = Omit<z.output<typeof optionSchema>, 'solver'> & {
  readonly solver: 'steps' | 'exact';
};

/** Fills in the defaults; throws one UserError that names every fault. */
export function resolveOptions(options: FinetuneOptions): ResolvedOptions {
  const resolved = checkOptions(optionSchema, options);
  const { weights, effort, head, unfreeze, fromScratch } = resolved;
  expectHeeded(resolved, options);
  const solver = solverFor(resolved, options);
  if (effort === 'best' && (solver !== 'exact' || head !== 'linear' || unfreeze || fromScratch)) {
    const received =
      head !== 'linear'
        ? `--head ${head}`
        : unfreeze
          ? '--unfreeze'
          : fromScratch
            ? '--from-scratch'
            : 'what only training in steps heeds';
    throw new UserError(
      `Expected --effort best with a linear head that is solved on a frozen base, for that is what it searches for, but received ${received}. Leave out one of the two.`,
    );
  }
  if (effort === 'best' && resolved.augment !== 'none') {
    throw new UserError(
      'Expected no --augment with --effort best, which looks at mirror images where that helps. Leave out one of the two.',
    );
  }
  const searches = effort === 'best' && weights === undefined;
  const base = resolved.base !== 'auto' ? resolved.base : searches ? 'auto' : 'vgg16';
  if (weights !== undefined && namesIn(base).length > 1) {
    throw new UserError(
      `Expected one --base with --weights, whose file is of one network, but received ${base}.`,
    );
  }
  return { ...resolved, base, solver };
}

/** Fills in the defaults of any table of options; throws one UserError that names every fault. */
export function checkOptions<const T extends z.ZodType>(schema: T, options: unknown): z.output<T> {
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
