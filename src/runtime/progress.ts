/** What an epoch of training came to; one row of results.csv. */
export interface EpochRecord {
  /** Counted from 1. */
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly validationLoss?: number;
  readonly validationAccuracy?: number;
  readonly learningRate: number;
  readonly seconds: number;
}

/** What a long job tells while it works. */
export type Progress =
  /** Something worth a line: a choice that was made, a file that was skipped. */
  | { readonly kind: 'note'; readonly message: string }
  | { readonly kind: 'warning'; readonly message: string }
  /** A stage with a known amount of work. */
  | {
      readonly kind: 'work';
      readonly stage:
        | `Downloading ${string}`
        | 'Checking pictures'
        | 'Comparing'
        | 'Fetching weights'
        | 'Computing features'
        | 'Computing features of altered pictures'
        | 'Reading pictures'
        | 'Finding a learning rate'
        | 'Looking for copies'
        | 'Fitting the head'
        | 'Fitting heads'
        | 'Training LeNet-5'
        | 'Reading labels'
        | 'Classifying'
        | 'Explaining'
        | 'Transferring style'
        | 'Checking the maps'
        | 'Looking'
        | 'Drawing'
        | 'Copying'
        | 'Verifying';
      readonly done: number;
      readonly total: number;
      readonly unit: 'pictures' | 'bytes' | 'fits' | 'steps' | 'pairs';
    }
  | {
      readonly kind: 'batch';
      readonly network: string;
      readonly epoch: number;
      readonly epochs: number;
      readonly batch: number;
      readonly batches: number;
      readonly loss: number;
      readonly accuracy: number;
      readonly picturesPerSecond: number;
    }
  | {
      readonly kind: 'epoch';
      readonly network: string;
      readonly epochs: number;
      readonly record: EpochRecord;
    };

/** What a recipe's caller may listen to and stop. */
export interface Hooks {
  readonly onProgress?: (progress: Progress) => void;
  /** Ends the job after the current batch; what is done by then is kept for the next run. */
  readonly signal?: AbortSignal;
}

/** Thrown when the signal ended a job before it was finished. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  /** Whether the same job, begun again, goes on from where it was. */
  readonly goesOn: boolean;

  constructor(message: string, { goesOn = true }: { readonly goesOn?: boolean } = {}) {
    super(message);
    this.goesOn = goesOn;
  }
}
