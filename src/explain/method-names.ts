/** How a map is made. */
export const methodNames = [
  'class-activation-map',
  'grad-cam',
  'grad-cam-plus-plus',
  'occlusion',
  'integrated-gradients',
  'guided-backpropagation',
] as const;

export type MethodName = (typeof methodNames)[number];

/** In the words of their papers. */
export const methodTitles = {
  'class-activation-map': 'class activation map',
  'grad-cam': 'Grad-CAM',
  'grad-cam-plus-plus': 'Grad-CAM++',
  occlusion: 'occlusion',
  'integrated-gradients': 'integrated gradients',
  'guided-backpropagation': 'guided backpropagation',
} as const satisfies Record<MethodName, string>;

export type Method = (typeof methodTitles)[MethodName];
