import type { DeviceName } from '../runtime/gpu.js';
import type { Answer, Ask, EngineFacts } from './engine.js';

/** What the server asks of the process that holds the network. */
export type EngineRequest =
  | { readonly kind: 'open'; readonly run: string; readonly device: DeviceName }
  | { readonly kind: 'answer'; readonly pixels: Uint8Array; readonly asks: readonly Ask[] }
  /** Features of training pictures, one after the other, as float32 in a file. */
  | { readonly kind: 'nearest'; readonly file: string; readonly size: number };

/** What comes back for each kind. */
export interface EngineResults {
  readonly open: EngineFacts;
  readonly answer: readonly Answer[];
  readonly nearest: undefined;
}
