export interface BitmapHeader {
  readonly format: 'bmp' | 'ppm';
  readonly width: number;
  readonly height: number;
}

/** Pixels of eight bits, row by row: grey, RGB or RGBA. */
export interface Bitmap {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
}
