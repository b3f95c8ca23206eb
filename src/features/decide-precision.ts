import path from 'node:path';
import type { DecodeOptions } from '../data/decode.js';
import type { Picture } from '../data/pictures.js';
import { goodPictures, partOf } from './pixel-batches.js';
import type { PixelBatch, Prefix } from './prefix.js';
import { choosePrecision, type Samples, type Speeds } from './precision.js';
import { candidatesVersion } from './precision-candidates.js';
import { agreedChoice } from './agreed-choice.js';
import { computeVersion, digestOf } from './feature-key.js';
import type { FeatureOptions } from './options.js';
import {
  type ChosenPrecision,
  machineRecord,
  readChoice,
  readSpeeds,
  writeRecord,
} from './precision-records.js';
import { type FrozenPart, frozenKey, type PrefixSettings } from './frozen-extractor.js';
import { messageOf } from '../runtime/errors.js';
import { networkCosts } from '../summary/network-costs.js';
import type { Hooks } from '../runtime/progress.js';

/** Compiled already where it was tried just now. */
export interface DecidedPrecision extends ChosenPrecision {
  readonly prefix?: Prefix;
}

/**
 * Multiply-adds of float32 that are enough for calibrating, and for checking: 1.3 s of two cores with AVX-512. Only
 * `fewest` pictures may need more.
 */
const enoughWork = 128e9;

/** Pictures that calibrate at least, and that check at least, where there are enough: fewer say too little of a network. */
const fewest = 4;

/**
 * How many pictures calibrate, and how many others check and time. Larger ones show a layer more places, so fewer check;
 * of a network that takes long fewer do both, but `fewest`: what its layers put out at most is seen as well (docs/decisions.md).
 */
export function trialPictures(
  { network }: Pick<FrozenPart, 'network'>,
  { height, width }: DecodeOptions,
): { calibrating: number; checking: number } {
  const affordable = Math.floor(enoughWork / networkCosts(network).totals.multiplyAdds);
  const calibrating = Math.min(16, Math.max(fewest, affordable));
  const wide = Math.max(8, Math.ceil((16 * 224 * 224) / (height * width)));
  return { calibrating, checking: Math.min(calibrating, wide) };
}

/**
 * Below this many pictures trying costs more than it saves: float32 runs on up to 32, and where times are not clear as
 * often again, and a lower precision is set up. int8 then takes about a third of float32's time.
 */
export const worthTrying = 200;

/**
 * Decides how the frozen part computes. With `auto` or a low precision it is tried on training pictures: timed, and
 * its features held against float32's. The choice is part of the run: one that goes on computes as it began. It is also
 * kept in the cache, so that the next run on the same pictures and machine computes, and finds, the same features; the
 * times are, with --no-cache too, so that they decide the same whenever this network is tried on this kind of machine.
 *
 * @param pictures.total how many will be computed; few are not worth the trial.
 * @param ownRecord the run's own file for the choice.
 */
export async function decidePrecision(
  frozen: FrozenPart,
  decode: DecodeOptions,
  { train, total }: { readonly train: readonly Picture[]; readonly total: number },
  options: FeatureOptions,
  ownRecord: string,
  { onProgress, signal }: Hooks,
): Promise<DecidedPrecision> {
  const asked = options.precision;
  if (asked === 'float32') return plain('as asked for.');
  if (asked === 'auto' && total < worthTrying) {
    return plain(
      `with fewer than ${worthTrying} pictures, trying a lower precision takes longer than it saves.`,
    );
  }
  // by digest: any order that depends on the pictures alone is as good as chance
  const { calibrating, checking } = trialPictures(frozen, decode);
  const wanted = checking + calibrating;
  const inOrder = [...train].sort((a, b) => (a.digest < b.digest ? -1 : 1));
  // others stand in for those that cannot be decoded
  const offered = inOrder.slice(0, 2 * wanted + 16);
  const network = {
    asked,
    of: frozenKey(frozen),
    compute: computeVersion,
    candidates: candidatesVersion,
    decode,
  };
  const onPictures = { ...network, pictures: offered.map(({ digest }) => digest) };
  const common = options.store === undefined ? undefined : commonChoice(options.store, onPictures);
  const shared = machineRecord(onPictures);
  // a run goes on as it began; a new one first as machines have agreed: the features of all others are stored under it
  const known =
    readChoice(ownRecord) ??
    (common && readChoice(common)) ??
    (options.cache && !common ? readChoice(shared) : undefined);
  if (known) {
    await writeRecord(ownRecord, known);
    return known;
  }
  onProgress?.({
    kind: 'note',
    message: 'Trying the frozen network in lower precision on training pictures',
  });
  const decoded = await goodPictures(offered, wanted, { ...decode, ...(signal && { signal }) });
  const times = machineRecord({ ...network, record: 'speeds' });
  const before = readSpeeds(times);
  const { prefix, speeds = {}, ...choice } = choose(frozen, asked, samplesOf(decoded, checking), before);
  try {
    if (common) {
      const agreed = await agreedChoice(common, choice);
      if (digestOf(agreed) !== digestOf(choice)) {
        prefix?.dispose();
        await writeRecord(ownRecord, agreed);
        return agreed;
      }
    }
    await writeRecord(ownRecord, choice);
  } catch (error) {
    prefix?.dispose();
    throw error;
  }
  // a help for later: where the cache cannot be written, this run goes on without
  const kept = [
    ...(options.cache && !common ? [writeRecord(shared, choice)] : []),
    ...(Object.keys(speeds).length > 0 ? [writeRecord(times, { ...before, ...speeds })] : []),
  ];
  for (const record of await Promise.allSettled(kept)) {
    if (record.status === 'rejected') {
      const message = `The choice of a precision cannot be kept in the cache: ${messageOf(record.reason)}`;
      onProgress?.({ kind: 'note', message });
    }
  }
  return { ...choice, ...(prefix && { prefix }) };
}

/** Where machines that fill one folder keep the choice that they all compute with. */
function commonChoice(store: string, identity: object): string {
  return path.join(store, 'precision', `${digestOf(identity)}.json`);
}

function plain(why: string): ChosenPrecision {
  return { settings: { precision: 'float32' }, reason: `float32: ${why}` };
}

/** The first pictures check, the others calibrate; undefined where there are too few for both. */
function samplesOf(decoded: PixelBatch, wished: number): Samples | undefined {
  const { count } = decoded;
  if (count < 2 * fewest) return undefined;
  const checking = Math.min(wished, count - fewest);
  const calibration: PixelBatch[] = [];
  for (let from = checking; from < count; from += checking) {
    calibration.push(partOf(decoded, from, Math.min(from + checking, count)));
  }
  return { heldOut: partOf(decoded, 0, checking), calibration };
}

function choose(
  frozen: FrozenPart,
  asked: Exclude<FeatureOptions['precision'], 'float32'>,
  samples: Samples | undefined,
  timedBefore: Speeds | undefined,
): DecidedPrecision & { readonly speeds?: Speeds } {
  if (!samples) {
    return plain(
      `a lower precision needs at least ${2 * fewest} training pictures that can be decoded to be tried on.`,
    );
  }
  const chosen = choosePrecision(frozen, asked, samples, timedBefore);
  const settings: PrefixSettings =
    chosen.precision === 'int8'
      ? { precision: 'int8', calibration: chosen.calibration! }
      : { precision: chosen.precision };
  const { reason, prefix, speeds } = chosen;
  return { settings, reason, prefix, speeds };
}
