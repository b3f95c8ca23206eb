import { correctedBest } from '../evaluation/selection-bias.js';
import { percent, points } from '../runtime/percent.js';
import type { Random } from '../runtime/random.js';
import {
  type BlendData,
  type BlendHead,
  type ChosenBlend,
  judgement,
  type TriedBlend,
} from './choose-blend.js';

/** A figure of cross-validation on the training pictures. */
export interface FoldFigures {
  readonly logLoss: number;
  /** 0 to 1. */
  readonly accuracy: number;
}

/** What a search among blends came to. */
export interface HeadChoice extends FoldFigures {
  readonly head: BlendHead;
  readonly mirrored: boolean;
  /** What the head reads, and what it would come to without each. */
  readonly sources: readonly {
    readonly name: string;
    readonly weight: number;
    /** Absent where there is nothing else, or it was not tried. */
    readonly without?: FoldFigures;
  }[];
  /** What was tried and left out. */
  readonly left: readonly string[];
  /** What each other way to answer, on the same features, came to. */
  readonly heads: readonly (FoldFigures & { readonly head: BlendHead })[];
  /** The same features of the plain picture, or of both, whichever was not taken; absent where it was not tried. */
  readonly otherView?: FoldFigures;
  /** Settings that were tried. */
  readonly tried: number;
  /** Whether the amount of work ended the search. */
  readonly cutShort: boolean;
  /** Accuracy as it would be on other pictures, and by how much the best of so many settings flatters itself. */
  readonly corrected: {
    readonly accuracy: number;
    readonly ci95: readonly [number, number];
    readonly flattery: number;
  };
}

/** What was chosen, what each part brought, and by how much the choice flatters itself. */
export function describeChoice(
  { best, tried, cutShort }: ChosenBlend,
  { sources, labels }: Pick<BlendData, 'sources' | 'labels'>,
  random: Random,
): HeadChoice {
  const figures = (one: TriedBlend): FoldFigures => {
    const { right } = judgement(one, labels);
    return { logLoss: one.logLoss, accuracy: right.filter(Boolean).length / right.length };
  };
  const { blend, mirrored, head } = best.setting;
  const weightIn = (setting: TriedBlend['setting'], name: string) => setting.blend[name] ?? 0;
  const find = (mirror: boolean, differs: string | undefined) =>
    tried.find(
      ({ setting }) =>
        setting.head === 'logistic' &&
        setting.mirrored === mirror &&
        sources.every(
          ({ name }) => weightIn(setting, name) === (name === differs ? 0 : weightIn(best.setting, name)),
        ),
    );
  const judgements = tried.map((one) => judgement(one, labels));
  const other = find(!mirrored, undefined);
  return {
    ...figures(best),
    head,
    mirrored,
    sources: sources
      .filter(({ name }) => weightIn(best.setting, name) > 0)
      .map(({ name }) => {
        const without = find(mirrored, name);
        return { name, weight: blend[name]!, ...(without && { without: figures(without) }) };
      }),
    left: sources.filter(({ name }) => weightIn(best.setting, name) === 0).map(({ name }) => name),
    heads: tried
      .filter(
        ({ setting }) =>
          setting.mirrored === mirrored &&
          sources.every(({ name }) => weightIn(setting, name) === weightIn(best.setting, name)),
      )
      .map((one) => ({ head: one.setting.head, ...figures(one) })),
    ...(other && { otherView: figures(other) }),
    tried: tried.length,
    cutShort,
    corrected: correctedBest(
      judgements.map(({ right }) => right),
      random.fork('flattery'),
      judgements.map(({ losses }) => losses),
    ),
  };
}

/** For people. */
export const headTexts: Record<BlendHead, string> = {
  logistic: 'logistic regression',
  discriminant: 'shrunken discriminant analysis',
  both: 'the mean of logistic regression and shrunken discriminant analysis',
};

/** The choice in words, for the terminal and the report. */
export function choiceText(choice: HeadChoice): string {
  const text = ({ logLoss, accuracy }: FoldFigures) => `${logLoss.toFixed(3)} (${percent(accuracy)})`;
  const sources = choice.sources.map(({ name, weight, without }) => {
    const times = weight === 1 ? '' : ` × ${weight}`;
    return `${name}${times}${without ? `, without it ${text(without)}` : ''}`;
  });
  const others = choice.heads
    .filter(({ head }) => head !== choice.head)
    .map((other) => `${headTexts[other.head]} ${text(other)}`);
  const view = choice.otherView
    ? ` ${choice.mirrored ? 'Of the picture alone' : 'With its mirror image'}: ${text(choice.otherView)}.`
    : '';
  const { corrected, tried } = choice;
  return (
    `Log loss (and accuracy) of pictures left out of the fit: ${text(choice)}, by ${headTexts[choice.head]} on ` +
    `${choice.mirrored ? 'the picture and its mirror image, ' : ''}${sources.join('; ')}.` +
    `${choice.left.length > 0 ? ` Left out: ${choice.left.join(', ')}.` : ''}` +
    `${others.length > 0 ? ` ${sentence(others.join('; '))}.` : ''}${view} Best of ${tried} settings` +
    `${choice.cutShort ? ', where the work allowed ended' : ''}; on other pictures ${percent(corrected.accuracy)} ` +
    `(${percent(corrected.ci95[0])} to ${percent(corrected.ci95[1])}): the choice flatters itself by ` +
    `${points(corrected.flattery)} points.`
  );
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
