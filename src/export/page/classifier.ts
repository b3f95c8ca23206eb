/** The model beside this page, opened by TensorFlow.js. */
import { resized, type Resizing } from './resize.js';

interface Tensor {
  data(): Promise<Float32Array>;
  dispose(): void;
}
interface Model {
  predict(input: Tensor): Tensor;
  dispose(): void;
}
/** What is used of TensorFlow.js, which page/tf.min.js puts there. */
declare const tf: {
  setBackend(name: string): Promise<boolean>;
  loadLayersModel(address: string): Promise<Model>;
  loadGraphModel(address: string): Promise<Model>;
  tensor(values: Float32Array, shape: readonly number[]): Tensor;
  readonly wasm: { setWasmPaths(folder: string): void };
};

/** What is used of how-to-use.json. */
export interface HowToUse {
  readonly model: { readonly format: string; readonly file: string };
  readonly picture: Resizing & { readonly colours: 'RGB' | 'grey' };
  readonly labels: readonly string[];
}

/** A picture whose answer is known: golden.json. */
interface Golden {
  readonly picture: string;
  readonly tolerance: number;
  readonly probabilities: readonly number[];
}

/** In what TensorFlow.js can compute here, the fastest first. */
export const backends = ['webgl', 'wasm', 'cpu'] as const;
export type Backend = (typeof backends)[number];

export interface Classifier {
  readonly backend: Backend;
  /** A probability for each label. */
  classify(picture: ImageBitmap): Promise<Float32Array>;
  dispose(): void;
}

export async function howToUse(): Promise<HowToUse> {
  return (await fetched('how-to-use.json')).json() as Promise<HowToUse>;
}

/** @throws Error when there is no such backend here, or the model does not open. */
export async function open(backend: Backend, { model: about, picture }: HowToUse): Promise<Classifier> {
  tf.wasm.setWasmPaths(new URL('page/', document.baseURI).href);
  if (!(await tf.setBackend(backend))) throw new Error(`this browser has no ${backend}`);
  const load = about.format === 'tfjs-graph-model' ? tf.loadGraphModel : tf.loadLayersModel;
  const model = await load(new URL(about.file, document.baseURI).href);
  return {
    backend,
    async classify(bitmap) {
      const values = pixelsOf(bitmap, picture);
      const channels = values.length / (picture.height * picture.width);
      const input = tf.tensor(values, [1, picture.height, picture.width, channels]);
      const answer = model.predict(input);
      try {
        return await answer.data();
      } finally {
        input.dispose();
        answer.dispose();
      }
    },
    dispose: () => model.dispose(),
  };
}

function pixelsOf(bitmap: ImageBitmap, picture: HowToUse['picture']): Float32Array {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const pen = canvas.getContext('2d', { willReadFrequently: true })!;
  pen.fillStyle = 'white';
  pen.fillRect(0, 0, bitmap.width, bitmap.height);
  pen.drawImage(bitmap, 0, 0);
  const colours = resized(pen.getImageData(0, 0, bitmap.width, bitmap.height), picture);
  return picture.colours === 'grey' ? greyOf(colours) : colours;
}

/** As libvips weighs colours for sRGB's grey; of a grey picture, itself. */
function greyOf(colours: Float32Array): Float32Array {
  return Float32Array.from({ length: colours.length / 3 }, (_, i) => {
    const [r, g, b] = [colours[3 * i]!, colours[3 * i + 1]!, colours[3 * i + 2]!];
    return Math.round(0.2126 * r + 0.7152 * g + 0.0722 * b);
  });
}

export interface Check {
  readonly good: boolean;
  /** By how much the answer differs at most, and how much may be. */
  readonly apart: number;
  readonly tolerance: number;
}

/** Asks a model about the picture whose answer is known. */
export async function check(classifier: Classifier): Promise<Check> {
  const golden = (await (await fetched('golden.json')).json()) as Golden;
  const file = await (await fetched(golden.picture)).blob();
  const bitmap = await createImageBitmap(file, { colorSpaceConversion: 'none' });
  const answer = await classifier.classify(bitmap);
  const differences = golden.probabilities.map((value, i) => Math.abs(value - answer[i]!));
  // Written so that what is no number is not good.
  const apart = Math.max(...differences);
  return { good: apart <= golden.tolerance, apart, tolerance: golden.tolerance };
}

async function fetched(file: string): Promise<Response> {
  const response = await fetch(new URL(file, document.baseURI));
  if (!response.ok) throw new Error(`${file} does not come: ${response.status}`);
  return response;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
