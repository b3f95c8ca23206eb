import type { SweepResult } from '../../runs/sweep.js';
import type { Setting } from '../../runs/sweep-space.js';
import { counted } from '../../data/pictures.js';
import { textTable } from '../table.js';
import { percent, percentRange, points, pValue, thousands } from '../text.js';

const mostShown = 10;

export const sweepHead = ['setting', 'cross-validated', 'rounds'];

/** The best settings, and the usual one. */
export function sweepRows({ trials }: SweepResult, most = mostShown): string[][] {
  const usual = trials.find(({ setting }) => Object.keys(setting).length === 0);
  const shown = trials.slice(0, most);
  return (usual && !shown.includes(usual) ? [...shown, usual] : shown).map(
    ({ setting, accuracy, rounds }) => [settingText(setting), percent(accuracy), String(rounds)],
  );
}

export function settingText(setting: Setting): string {
  const entries = Object.entries(setting);
  if (entries.length === 0) return 'the usual one';
  return entries.map(([name, value]) => `${name}=${value}`).join(' ');
}

/** The last lines on the screen. */
export function sweepText(result: SweepResult): string {
  const table = textTable([sweepHead, ...sweepRows(result)], [1, 2], Infinity);
  return [table, sentences(result).join('\n')].join('\n\n');
}

/** What may be concluded, and what may not. */
export function sentences(result: SweepResult): string[] {
  const { trials, pictures, folds, how, senseless, corrected, heldOut } = result;
  const [best] = trials;
  const isUsual = Object.keys(best!.setting).length === 0;
  const drawn = how === 'random' ? ', drawn at random' : '';
  const left =
    senseless > 0
      ? ` Left out, because they contradict themselves: ${counted(senseless, 'combination')}.`
      : '';
  const { comparison, n } = heldOut;
  const range = `95 % interval ${points(comparison.differenceCi95[0])} to ${points(comparison.differenceCi95[1])}; ${pValue(comparison.mcnemarP)}`;
  const verdict =
    comparison.mcnemarP < 0.05
      ? comparison.difference > 0
        ? `It is better than the usual setting: by ${points(comparison.difference)} points (${range}).`
        : `It is worse than the usual setting there: by ${points(-comparison.difference)} points (${range}). Keep the usual one.`
      : `That cannot be told from the usual setting's ${percent(heldOut.usual.accuracy)}: ${points(comparison.difference)} points (${range}). There is no reason to leave the usual one.`;
  return [
    `${thousands(trials.length)} settings${drawn}, by ${folds}-fold cross-validation on ${thousands(pictures)} pictures.${left}`,
    `The best is ${settingText(best!.setting)}. In the first round, which chose it among others, it gets ${percent(corrected.accuracy + corrected.flattery)}, and by that flatters itself, here by ${points(corrected.flattery)} points: on other pictures ${percent(corrected.accuracy)} is to be expected (95 % interval ${percentRange(corrected.ci95)}).`,
    isUsual
      ? `The usual setting came out best; on ${thousands(n)} held-out pictures, which chose nothing, it gets ${percent(heldOut.usual.accuracy)} (${percentRange(heldOut.usual.ci95)}).`
      : `On ${thousands(n)} held-out pictures, which chose nothing, it gets ${percent(heldOut.best.accuracy)} (${percentRange(heldOut.best.ci95)}). ${verdict}`,
  ];
}
