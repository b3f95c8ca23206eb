/** What the set-up of TensorFlow tells while it works. */
export type SetupProgress =
  | { readonly kind: 'note' | 'warning'; readonly message: string }
  | {
      readonly kind: 'work';
      readonly stage: `Downloading ${string}` | 'Copying' | 'Verifying';
      readonly done: number;
      readonly total: number;
      readonly unit: 'bytes';
    };

export type OnSetupProgress = (progress: SetupProgress) => void;
