import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { onnxModel, onnxTensor } from '../../test/onnx-writer.js';
import { withPreprocessing } from '../models/compose.js';
import { layerNamed, type Network } from '../models/network.js';
import { networkWeights } from '../models/network-weights.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { publishedNames } from '../models/published-names.js';
import { modelSpec } from '../models/registry.js';
import { transpose } from '../formats/kernel-layout.js';
import { fromTorchNames } from './naming.js';
import { fromChannelsFirstFlatten } from './channels-first.js';
import { readWeights } from './read-file.js';
import { safetensorsBytes } from '../formats/safetensors.js';
import { canonicalDigest, type NamedTensor, sizeOf, type Weights } from '../formats/tensors.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'read-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Weights that are all different. */
function countedWeights(network: Network): Map<string, NamedTensor> {
  let next = 0;
  return new Map(
    networkWeights(network).map(({ name, shape }) => {
      const data = Float32Array.from({ length: sizeOf(shape) }, () => next++);
      return [name, { shape, data }];
    }),
  );
}

async function written(weights: Weights, metadata: Record<string, string> = {}): Promise<string> {
  const file = join(folder, 'weights');
  await writeFile(file, safetensorsBytes(weights, metadata));
  return file;
}

const torchParts: Readonly<Record<string, string>> = {
  kernel: 'weight',
  gamma: 'weight',
  beta: 'bias',
  mean: 'running_mean',
  variance: 'running_var',
};

/** The weights as PyTorch's modules of these names hold them. */
function inPytorchLayout(
  network: Network,
  ours: Weights,
  names: ReadonlyMap<string, string>,
): Map<string, NamedTensor> {
  const theirs = new Map([...names].map(([published, name]) => [name, published]));
  const orders = { dense: [1, 0], depthwise: [2, 3, 0, 1], convolution: [3, 2, 0, 1] };
  return new Map(
    [...ours].map(([name, tensor]) => {
      const slash = name.lastIndexOf('/');
      const [layer, part] = [name.slice(0, slash), name.slice(slash + 1)];
      const { type } = layerNamed(network, layer);
      const order = part === 'kernel' && type in orders && orders[type as keyof typeof orders];
      const published = `${theirs.get(layer) ?? layer}.${torchParts[part] ?? part}`;
      return [published, order ? transpose(tensor, order) : tensor];
    }),
  );
}

test.each(
  ['mobilenet-v2-torchvision', 'efficientnet-lite0'].flatMap((name) => {
    const network = modelSpec(name).build({ classes: 3 });
    const own = { family: undefined, layers: new Map<string, string>() };
    const published = [...publishedNames(network), ...(name === 'efficientnet-lite0' ? [own] : [])];
    return published.map(({ family, layers }) => ({ name, network, family, layers }));
  }),
)('$name under the names of $family (ours, where that is undefined)', async ({ network, family, layers }) => {
  const ours = countedWeights(network);
  const read = await readWeights(network, await written(inPytorchLayout(network, ours, layers)));
  expect(read.family).toBe(family);
  expect([...read.weights.keys()]).toEqual([...ours.keys()]);
  expect(canonicalDigest(read.weights)).toBe(canonicalDigest(ours));
});

test("torchvision's names and layouts become ours, and tell the family", async () => {
  const network = modelSpec('squeezenet').build();
  const ours = countedWeights(network);
  const { layers } = publishedNames(network).find(({ family }) => family === 'torchvision')!;
  const theirNames = new Map([...layers].map(([theirs, name]) => [name, theirs]));
  const theirs = new Map(
    [...ours].map(([name, tensor]) => {
      const slash = name.lastIndexOf('/');
      const isKernel = name.endsWith('/kernel');
      const part = isKernel ? 'weight' : 'bias';
      return [
        `${theirNames.get(name.slice(0, slash))}.${part}`,
        isKernel ? transpose(tensor, [3, 2, 0, 1]) : tensor,
      ] as const;
    }),
  );
  const read = await readWeights(network, await written(theirs));
  expect(read.family).toBe('torchvision');
  expect(canonicalDigest(read.weights)).toBe(canonicalDigest(ours));
});

describe("PyTorch's SqueezeNet", () => {
  const network = modelSpec('squeezenet').buildBase();
  const { layers } = publishedNames(network).find(({ family }) => family === 'torchvision')!;
  const under = (prefix: string, tensors: Weights) =>
    [...tensors].map(([name, tensor]) => [prefix + name, tensor] as const);

  test.each(['module.', 'module._orig_mod.', 'state_dict.model.', 'anything.at.all.'])(
    'is found behind %s',
    async (prefix) => {
      const ours = countedWeights(network);
      const theirs = inPytorchLayout(network, ours, layers);
      const read = await readWeights(network, await written(new Map(under(prefix, theirs))));
      expect(read.family).toBe('torchvision');
      expect(canonicalDigest(read.weights)).toBe(canonicalDigest(ours));
    },
  );

  test('is taken as trained, or averaged with FILE#SET', async () => {
    const ours = countedWeights(network);
    const zeros = new Map(
      [...ours].map(([name, { shape, data }]) => [name, { shape, data: data.map(() => 0) }]),
    );
    const sets = [
      under('ema.', inPytorchLayout(network, zeros, layers)),
      under('', inPytorchLayout(network, ours, layers)),
    ];
    const file = await written(new Map(sets.flat()));
    const read = await readWeights(network, file);
    expect(canonicalDigest(read.weights)).toBe(canonicalDigest(ours));
    expect(read.note).toBe(
      `'${file}' holds several sets of weights: taken are those outside any. For others use '${file}#ema'`,
    );
    const averaged = await readWeights(network, `${file}#ema`);
    expect(canonicalDigest(averaged.weights)).toBe(canonicalDigest(zeros));
  });

  // A layer of ours has a slash in its name, which once made the file look like TensorFlow's.
  test('is read from ONNX, and from ONNX with names that tell nothing but an order', async () => {
    const ours = countedWeights(network);
    const theirs = [...inPytorchLayout(network, ours, layers)];
    const file = join(folder, 'squeezenet.onnx');
    await writeFile(file, onnxModel(theirs.map(([name, { shape, data }]) => onnxTensor(name, shape, data))));
    expect(canonicalDigest((await readWeights(network, file)).weights)).toBe(canonicalDigest(ours));
    const numbered = theirs.map(([name, { shape, data }], i) =>
      onnxTensor(`squeezenet0_conv${Math.floor(i / 2)}_${name.split('.').at(-1)}`, shape, data),
    );
    await writeFile(file, onnxModel(numbered));
    const read = await readWeights(network, file);
    expect(read.family).toBe('torchvision');
    expect(canonicalDigest(read.weights)).toBe(canonicalDigest(ours));
  });

  test('another format has no sets', async () => {
    const file = join(folder, 'model.onnx');
    await writeFile(file, onnxModel([onnxTensor('w', [1], [1])]));
    await expect(readWeights(network, `${file}#ema`)).rejects.toThrow("to choose 'ema' from but");
  });
});

test('a file that was written here says whose weights it holds', async () => {
  const network = modelSpec('squeezenet').buildBase();
  const file = await written(countedWeights(network), { family: 'torchvision' });
  expect((await readWeights(network, file)).family).toBe('torchvision');
  expect((await readWeights(network, await written(countedWeights(network)))).family).toBeUndefined();
});

describe('a dense layer after a map', () => {
  const net = new NetworkBuilder('small', [2, 3, 4]);
  net.dense(net.flatten('input', 'flatten'), 'fc', { units: 5 });
  const network = net.build();

  test('is the same written as a convolution over the whole map, as timm does', () => {
    // [units, channels, height, width] in row-major order is [units, channels · height · width].
    const data = Float32Array.from({ length: 5 * 24 }, (_, i) => i);
    const read = (shape: number[]) =>
      fromChannelsFirstFlatten(network, fromTorchNames(network, new Map([['fc.weight', { shape, data }]])));
    expect(read([5, 4, 2, 3])).toEqual(read([5, 24]));
    expect(read([5, 24]).get('fc/kernel')!.shape).toEqual([24, 5]);
    // Row 1 here is row 0, column 0, channel 1: there the seventh.
    expect(read([5, 24]).get('fc/kernel')!.data[5]).toBe(6);
  });
});

test.each([
  ['resnet18', 'resnet34'],
  ['vgg11', 'vgg13'],
])('a file of %s is not a file of %s, nor the other way round', async (shallow, deep) => {
  const file = await written(countedWeights(modelSpec(deep).buildBase()));
  await expect(readWeights(modelSpec(shallow).buildBase(), file)).rejects.toThrow(
    `Expected weights of ${shallow} in '${file}' but they are those of ${deep}, which has more layers.`,
  );
  const other = await written(countedWeights(modelSpec(shallow).buildBase()));
  await expect(readWeights(modelSpec(deep).buildBase(), other)).rejects.toThrow(/but \d+ are missing/);
});

describe('the model of a run, with its preprocessing inside', () => {
  const network = modelSpec('squeezenet').buildBase();
  const weights = countedWeights(network);

  test('its kernels take blue first again, as the published ones', async () => {
    const ours = withPreprocessing({ network, weights }, modelSpec('squeezenet').preprocessing);
    expect(ours.weights.get('conv1/kernel')).not.toEqual(weights.get('conv1/kernel'));
    const read = await readWeights(network, await written(ours.weights));
    expect([...read.weights]).toEqual([...weights]);
  });

  test('is refused where no published weights want their pictures so', async () => {
    const own = { channelOrder: 'RGB', mean: [1, 2, 3], scale: [4, 5, 6] } as const;
    const file = await written(withPreprocessing({ network, weights }, own).weights);
    await expect(readWeights(network, file)).rejects.toThrow(/the model of a run.*finetune predict/);
  });
});
