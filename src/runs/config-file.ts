import fs from 'node:fs';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { didYouMean, messageOf, UserError } from '../runtime/errors.js';
import { unheededBy } from '../training/options.js';
import { checkOptions, type FinetuneOptions, optionSchema } from './options.js';

/** What says which other options are heeded. */
const steering = optionSchema
  .pick({ head: true, solver: true, unfreeze: true, fromScratch: true, augment: true })
  .partial()
  .strip();

/** Where a run's folder was; repeating the run must not replace it. */
const ofOneRun: readonly string[] = ['out', 'name'];

/**
 * The options that a file asks for, in YAML or JSON, by their names in TypeScript (`batchSize: 16`). A run's config.json
 * is such a file too: it repeats the run, in a folder of its own. What the options may be is checked where they are
 * resolved, together with those given beside the file.
 *
 * @throws UserError that names every key that is no option and, where there is one, every value that is unfit.
 */
export function readConfigFile(file: string): Partial<FinetuneOptions> {
  const content = parsed(file);
  const known = Object.keys(optionSchema.shape);
  if (isRunConfig(content)) {
    const recorded = known.filter((name) => name in content && !ofOneRun.includes(name));
    const options = Object.fromEntries(recorded.map((name) => [name, asked(content[name])]));
    // the record holds all defaults: those that the run had no use for would be refused as if asked for
    const unheeded = unheededBy(checkOptions(steering, options));
    return Object.fromEntries(Object.entries(options).filter(([name]) => !unheeded.includes(name)));
  }
  const unknown = Object.keys(content).filter((name) => name !== '$schema' && !known.includes(name));
  if (unknown.length > 0) {
    const faults = unknown.map((name) => `'${name}'${didYouMean(name, known).replace(/^ (.*)$/, ' ($1)')}`);
    const also = faultsOf(
      Object.fromEntries(Object.entries(content).filter(([name]) => known.includes(name))),
    );
    throw new UserError(
      `Expected only options of finetune in '${file}' but received ${faults.join(', ')}.${also}`,
    );
  }
  const { $schema: _schema, ...options } = content;
  return options;
}

/** What is wrong with the values of options, as a sentence that follows another; nothing when they are right. */
function faultsOf(options: Readonly<Record<string, unknown>>): string {
  try {
    checkOptions(optionSchema.partial(), options);
    return '';
  } catch (error) {
    if (error instanceof UserError) return ` ${error.message}`;
    throw error;
  }
}

/** What editors check a config file with. */
export function configSchema(): object {
  const { data: _data, ...optional } = optionSchema.shape;
  const schema = z
    .strictObject({ $schema: z.string(), data: optionSchema.shape.data, ...optional })
    .partial();
  return {
    title: 'Options of finetune',
    ...z.toJSONSchema(schema, { io: 'input', override: withoutFlagWords }),
  };
}

/** The table's words for the command line say nothing of a file. */
function withoutFlagWords({ jsonSchema }: { jsonSchema: Record<string, unknown> }): void {
  for (const word of ['value', 'defaultText', 'negated']) delete jsonSchema[word];
}

function parsed(file: string): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(
      `Expected --config to name a file but '${file}' cannot be read: ${messageOf(error)}.`,
    );
  }
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) {
    const [line] = error.message.split('\n');
    throw new UserError(`Expected YAML or JSON in '${file}' but it cannot be read: ${line}`);
  }
  const content: unknown = document.toJS();
  if (content === null) return {};
  if (typeof content !== 'object' || Array.isArray(content)) {
    throw new UserError(`Expected options by name in '${file}', such as 'data: ./pets', but found none.`);
  }
  return content as Record<string, unknown>;
}

/** config.json says beside the options what was used. */
function isRunConfig(content: Readonly<Record<string, unknown>>): boolean {
  return 'versions' in content && 'baseWeights' in content;
}

function asked(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'asked' in value ? value.asked : value;
}
