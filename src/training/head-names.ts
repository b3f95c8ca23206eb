export const headNames = ['linear', 'mlp', 'prototypes'] as const;
export type HeadName = (typeof headNames)[number];

/** The layer of a head that standardises its features; what comes after it is trained. */
export const standardiseLayer = 'standardise';
