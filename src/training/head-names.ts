export const headNames = ['linear', 'mlp'] as const;
export type HeadName = (typeof headNames)[number];
