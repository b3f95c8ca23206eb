/** What can be chosen for a style transfer; of a file of its own, so that it can be checked without TensorFlow. */
export const styleOptimisers = ['l-bfgs', 'adam'] as const;
export type StyleOptimiser = (typeof styleOptimisers)[number];

export const poolings = ['average', 'max'] as const;
export type Pooling = (typeof poolings)[number];

export const starts = ['content', 'noise'] as const;
export type Start = (typeof starts)[number];
