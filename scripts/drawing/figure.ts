import type { Box } from './svg.js';

/** An animal ready to be put into a scene; its feet are at y = 0. */
export interface Figure {
  readonly markup: string;
  readonly box: Box;
  /** The head: what must stay in the picture. */
  readonly focus: { readonly x: number; readonly y: number; readonly radius: number };
  /** What is under it: ground, a perch, nothing (in flight), or the lower edge of the frame (a portrait). */
  readonly rests: 'ground' | 'perch' | 'air' | 'frame';
}
