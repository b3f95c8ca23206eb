import { partsText, type PlannedPart } from '../features/feature-plan.js';
import type { Hooks } from '../runtime/progress.js';
import { chooseStrength, type CrossValidated, foldCount } from './cross-validation.js';
import type { FoldRegressions } from './fold-regressions.js';
import type { TrainingOptions } from './options.js';
import type { StrengthPath } from './strength-path.js';
import type { HeadPart, Scaling, Standardiser } from './standardise.js';

/** A part of the features, and where it lies among them. */
export interface PlacedPart extends HeadPart {
  readonly part: PlannedPart;
}

/** What a head reads, and how it is scaled. */
export interface Setting {
  readonly parts: readonly PlacedPart[];
  readonly scaling: Scaling;
}

/** A setting with what it came to on pictures that were left out. */
export interface Tried extends Opened {
  readonly setting: Setting;
  readonly result: CrossValidated;
  /** The settings that were tried before or after it and were worse: their log loss. */
  readonly others: readonly { readonly setting: Setting; readonly logLoss: number }[];
}

/** The examples as a setting sees them. */
export interface Opened {
  readonly scaled: Standardiser;
  readonly regressions: FoldRegressions;
  /** Where fits to them begin; undefined: where those of the stronger ones before foretell that they end. */
  readonly path?: StrengthPath | undefined;
}

/** Where each part lies among the features. */
export function placed(parts: readonly PlannedPart[]): PlacedPart[] {
  let offset = 0;
  return parts.map((part) => {
    const { size, weight } = part;
    offset += size;
    return { part, offset: offset - size, size, weight };
  });
}

/**
 * Chooses by cross-validation, all settings on the same folds and each at its own best strength, by the log loss that
 * `chooseStrength` tells: first whether the optional parts are read too, then whether features are scaled each by
 * itself.
 */
export async function chooseFeatures(
  parts: readonly PlannedPart[],
  {
    labels,
    compares,
    open,
    leave,
    hooks,
    ...data
  }: {
    /** Whether other settings are tried than what is usually best: of many examples each takes long. */
    readonly compares: boolean;
    readonly labels: readonly number[];
    readonly folds: readonly number[];
    readonly strengths: readonly number[];
    readonly weights: readonly number[] | undefined;
    open(setting: Setting): Opened;
    /** Told of each setting that is worse than another, as soon as it is. */
    leave(setting: Setting): void;
    readonly hooks: Hooks;
  },
): Promise<Tried> {
  const all = placed(parts);
  const needed = all.filter(({ part }) => !part.optional);
  const settings = !compares ? 1 : needed.length < all.length ? 3 : 2;
  const fits = settings * data.strengths.length * foldCount;
  const tell = (done: number) =>
    hooks.onProgress?.({ kind: 'work', stage: 'Fitting the head', done, total: fits, unit: 'fits' });
  let begun = 0;
  const others: { setting: Setting; logLoss: number }[] = [];
  const attempt = async (setting: Setting): Promise<Tried> => {
    const before = begun++ * data.strengths.length * foldCount;
    const opened = open(setting);
    const result = await chooseStrength(opened.regressions, labels, {
      ...data,
      path: opened.path,
      signal: hooks.signal,
      onFit: (done) => {
        if (before + done < fits) tell(before + done);
      },
    });
    return { ...opened, setting, result, others };
  };
  const better = async (best: Tried, setting: Setting): Promise<Tried> => {
    const other = await attempt(setting);
    const [kept, left] = other.result.logLoss < best.result.logLoss ? [other, best] : [best, other];
    others.push({ setting: left.setting, logLoss: left.result.logLoss });
    leave(left.setting);
    return kept;
  };
  let best = await attempt({ parts: needed, scaling: 'together' });
  if (settings === 3) best = await better(best, { parts: all, scaling: 'together' });
  if (settings > 1) best = await better(best, { parts: best.setting.parts, scaling: 'each' });
  tell(fits); // the last strengths may not have been worth trying
  return best;
}

/** The choice in a line. */
export function describeSetting(
  { setting, result, others }: Tried,
  asked: TrainingOptions['weightDecay'],
): string {
  const { strength, logLoss, tried } = result;
  const how = asked === 'auto' ? `chosen of ${tried.length}` : 'as asked for';
  const instead = others.map((other) => `; ${textOf(other.setting)}: ${other.logLoss.toFixed(3)}`).join('');
  return (
    `The head reads ${textOf(setting)}; weight decay ${strength.toPrecision(2)}, ${how}. Log loss on pictures left ` +
    `out of each of ${foldCount} fits: ${logLoss.toFixed(3)}${instead}`
  );
}

function textOf({ parts, scaling }: Setting): string {
  const text = partsText(parts.map(({ part }) => part));
  return scaling === 'each' ? `${text} with each feature divided by its own deviation` : text;
}
