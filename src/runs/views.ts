/** Test-time augmentation: what is looked at of a picture; `auto` is what the run's cross-validation has chosen. */
export const viewsNames = ['auto', 'none', 'mirror'] as const;
export type ViewsName = (typeof viewsNames)[number];
