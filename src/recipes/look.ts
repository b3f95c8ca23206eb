import type { DecodeOptions } from '../data/decode.js';
import type { Picture as PictureFile } from '../data/pictures.js';
import { hasFonts } from '../explain/contact-sheet.js';
import { firstFilters, type Picture } from '../explain/filters.js';
import { channelsOf, decoded, lookAt, type Sight, type Unit, unitsOfLayer } from '../explain/look.js';
import { layersToShow } from '../explain/look-layers.js';
import { lookSheets } from '../explain/look-sheets.js';
import { withoutSoftmax } from '../explain/logits.js';
import { layerToExplain } from '../explain/map-layer.js';
import { maximise } from '../explain/maximise.js';
import { classNamed } from '../explain/question.js';
import type { WeightedNetwork } from '../models/compose.js';
import { outputOf } from '../models/network.js';
import { lookPage } from '../report/look-page.js';
import { readRunClassifier } from '../runs/classifier.js';
import { isRun, readAnyClassifier } from '../runs/zoo-classifier.js';
import { UserError } from '../runtime/errors.js';
import { type Hooks, Interrupted } from '../runtime/progress.js';
import { networkReceptiveFields } from '../summary/network-receptive-fields.js';
import { loadPlainBase } from '../zoo/base.js';
import { checkClassifierName } from '../zoo/network-names.js';

export interface LookOptions {
  /** Layers whose maps are shown; unless given, VGG's conv1_1, conv3_2 and conv5_3, or their like in other networks. */
  readonly layers?: readonly string[];
  /** Units, each a layer and a channel: `conv5_3:12`. Unless given, of each layer three that differ most between pictures. */
  readonly units?: readonly string[];
  /** A class that a picture is drawn for. */
  readonly class?: string;
  /** Steps of gradient ascent; 0 draws nothing. */
  readonly steps?: number;
  /** Of the drawn pictures' first values and movements. */
  readonly seed?: number;
}

/** What was drawn to excite a unit or a class. */
export interface Drawn {
  readonly name: string;
  readonly picture: Picture;
}

/** What a network looks for, and what it finds in pictures. */
export interface Look {
  readonly network: string;
  readonly layers: readonly string[];
  readonly filters?: { readonly layer: string; readonly filters: readonly Picture[] };
  readonly sight: Sight;
  readonly drawn: readonly Drawn[];
  /** Of the pictures that excite units, as the network sees them. */
  readonly seen: ReadonlyMap<string, Picture>;
  /** PNGs by name: filters, maps, units. */
  readonly sheets: ReadonlyMap<string, Buffer>;
  /** All of it as one self-contained page. */
  readonly page: string;
}

/** Sides of drawn pictures: what the unit sees, between these. */
const drawnSides = [64, 128] as const;

/**
 * Looks into a run or a network of the zoo: its first filters, its maps of pictures, what excites its units most.
 *
 * @throws UserError when there is no such network, layer, channel or class, or no picture can be read.
 */
export async function lookInto(
  given: string,
  pictures: readonly Pick<PictureFile, 'path' | 'file'>[],
  options: LookOptions = {},
  hooks: Hooks = {},
): Promise<Look> {
  const { steps = 96, seed = 0 } = options;
  const subject = await read(given, options.class !== undefined, hooks);
  const { network, weights, decode } = subject;
  const layers = layersToShow(network, options.layers);
  const asked = (options.units ?? []).map((name) => unitNamed(subject, name));
  const wanted = options.class === undefined ? undefined : classNamed(options.class, subject, '--class');
  try {
    const filters = firstFilters(network, weights);
    const sight = await lookAt(subject, pictures, { layers, units: asked, decode }, hooks);
    if (pictures.length > 0 && sight.pictures === 0) {
      const first = sight.broken[0]!;
      throw new UserError(
        `Expected pictures that can be read but there are none: ${first.path} is not usable (${first.reason}).`,
      );
    }
    const units: readonly Unit[] =
      sight.units.length > 0 ? sight.units : asked.length > 0 ? asked : firstUnits(subject, layers);
    const drawn: Drawn[] = steps === 0 ? [] : await drawUnits(subject, units, { steps, seed, ...hooks });
    if (wanted !== undefined && steps > 0) {
      const logits = withoutSoftmax(network);
      const target = { layer: outputOf(logits).name, channels: [wanted] };
      const [picture] = await maximise(logits, weights, target, { steps, seed, ...hooks });
      drawn.push({ name: subject.labels[wanted]!, picture: picture! });
    }
    const files = new Map(pictures.map(({ path, file }) => [path, file]));
    const exciting = new Set(sight.units.flatMap((unit) => unit.pictures.map(({ path }) => path)));
    const seen = new Map<string, Picture>();
    for (const path of exciting) seen.set(path, await decoded(files.get(path)!, decode));
    const found = { network: subject.name, layers, ...(filters && { filters }), sight, drawn, seen };
    if (!(await hasFonts())) {
      const message = 'No fonts were found here, so the sheets have no text; the page has it.';
      hooks.onProgress?.({ kind: 'warning', message });
    }
    return { ...found, sheets: await lookSheets(found), page: await lookPage(found) };
  } catch (error) {
    if (hooks.signal?.aborted) throw new Interrupted('Looking was interrupted.', { goesOn: false });
    throw error;
  }
}

interface Subject extends WeightedNetwork {
  readonly name: string;
  readonly decode: DecodeOptions;
  readonly labels: readonly string[];
  readonly ids?: readonly string[];
}

/** A run; else a network of the zoo, of which the convolutions are enough unless a class is wanted. */
async function read(given: string, withClasses: boolean, hooks: Hooks): Promise<Subject> {
  checkClassifierName(given);
  if (isRun(given)) return { name: given, ...(await readRunClassifier(given)) };
  if (withClasses) return { name: given, ...(await readAnyClassifier(given, hooks)) };
  const base = await loadPlainBase({ base: given }, hooks);
  const [height, width, channels] = base.spec.inputShape;
  const decode = { height, width, channels: channels as 1 | 3, resize: 'crop' } as const;
  return { name: base.title, network: base.network, weights: base.weights, decode, labels: [] };
}

function unitNamed(subject: Subject, name: string): Unit {
  const [, named, digits] = /^(.+):(\d+)$/.exec(name) ?? [];
  if (named === undefined) {
    throw new UserError(
      `Expected --unit to be a layer and a channel, such as conv5_3:12, but received '${name}'.`,
    );
  }
  const [layer, channel] = [layerToExplain(subject.network, named, '--unit'), Number(digits)];
  const count = channelsOf(subject, layer);
  if (channel < count) return { layer, channel };
  throw new UserError(`Expected --unit ${layer}:0 to ${layer}:${count - 1} but received '${name}'.`);
}

/** Where no pictures tell which units matter. */
function firstUnits(subject: Subject, layers: readonly string[]): Unit[] {
  return layers.flatMap((layer) =>
    Array.from({ length: Math.min(unitsOfLayer, channelsOf(subject, layer)) }, (_, channel) => ({
      layer,
      channel,
    })),
  );
}

async function drawUnits(
  { network, weights, decode }: Subject,
  units: readonly Unit[],
  options: { steps: number; seed: number } & Hooks,
): Promise<Drawn[]> {
  const fields = networkReceptiveFields(network);
  const drawn: Drawn[] = [];
  for (const layer of new Set(units.map((unit) => unit.layer))) {
    const channels = units.filter((unit) => unit.layer === layer).map(({ channel }) => channel);
    const { down, across } = fields.get(layer)!;
    const [least, most] = drawnSides;
    const sees = Math.max(down.size, across.size);
    const side = Math.min(decode.height, decode.width, Math.max(least, Math.min(most, sees)));
    const found = await maximise(network, weights, { layer, channels }, { ...options, side });
    for (const [i, picture] of found.entries()) drawn.push({ name: `${layer}:${channels[i]}`, picture });
  }
  return drawn;
}
