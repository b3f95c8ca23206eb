import type { PlaceMap } from './class-activation-map.js';
import type { MethodName } from './method-names.js';
import { gradCam, gradCamPlusPlus } from './grad-cam.js';
import { guidedBackpropagation } from './guided-backpropagation.js';
import { integratedGradients } from './integrated-gradients.js';
import { occlusion } from './occlusion.js';
import type { Target } from './target.js';

/** A method that works on any network, unlike the class activation map, which is the head's own sum. */
export type GeneralMethod = Exclude<MethodName, 'class-activation-map'>;

interface GeneralMethodRules {
  /** Whether it goes down to the pixels, and explains them unless a layer is named. */
  readonly ofPixels: boolean;
  /** How many times weights are drawn to check it: one where a map takes many passes through the network. */
  readonly draws: number;
  readonly explain: (target: Target, checking: boolean) => PlaceMap[];
}

/** Points of the way of integrated gradients; for a check's maps, of which there are many, fewer. */
const steps = { map: 48, check: 8 } as const;

export const generalMethods: Readonly<Record<GeneralMethod, GeneralMethodRules>> = {
  'grad-cam': { ofPixels: false, draws: 3, explain: gradCam },
  'grad-cam-plus-plus': { ofPixels: false, draws: 3, explain: gradCamPlusPlus },
  occlusion: { ofPixels: true, draws: 1, explain: occlusion },
  'integrated-gradients': {
    ofPixels: true,
    draws: 1,
    explain: (target, checking) => integratedGradients(target, checking ? steps.check : steps.map),
  },
  'guided-backpropagation': { ofPixels: true, draws: 3, explain: guidedBackpropagation },
};
