export const optimiserNames = ['adam', 'adamw', 'sgd'] as const;
export type OptimiserName = (typeof optimiserNames)[number];
