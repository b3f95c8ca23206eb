import type { Corrections } from '../runs/corrections.js';
import type { MapCheck } from './map-check.js';
import type { ServerMetrics } from './metrics.js';
import type { ResolvedServeOptions } from './options.js';
import type { ServedRun } from './served-run.js';
import type { Successor } from './successor.js';
import type { TrainingPictures } from './training-pictures.js';

/** What the routes share: the run that answers now, and what stands around it. */
export interface Service {
  readonly options: ResolvedServeOptions;
  readonly metrics: ServerMetrics;
  /** The run that answers; another one once a corrected run was taken. */
  readonly current: ServedRun;
  /** Undefined until they have been looked through, and where they are not to be had. */
  readonly training: TrainingPictures | undefined;
  /** Whether the server takes requests: not while the network is opened, not when it is about to stop. */
  readonly isReady: boolean;
  readonly corrections: Corrections;
  readonly successor: Pick<Successor, 'state' | 'leave'>;
  /** Begins to train a successor. */
  train(): void;
  /** The trained successor becomes a run and answers from now on. */
  take(): Promise<void>;
  /** Holds the map of a picture to its checks. */
  checkMap(bytes: Buffer, className: string): Promise<MapCheck>;
}
