import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { bytesField, message, varintField } from '../../test/protobuf-writer.js';
import { floatConstant, graphDef } from '../../test/tensorflow-writer.js';
import { zip } from '../../test/zip-writer.js';
import { UserError } from '../runtime/errors.js';
import { detectFormat } from './detect.js';

const shared = process.env['FINETUNE_SHARED'];
const folder = mkdtempSync(join(tmpdir(), 'finetune-detect-'));
afterAll(() => rmSync(folder, { recursive: true }));
const fixture = (name: string) => new URL(`../../test/fixtures/${name}`, import.meta.url).pathname;

function file(content: Uint8Array | string, name = 'no-ending'): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('detectFormat', () => {
  test.each([
    ['pytorch/types.pth', 'pytorch'],
    ['pytorch/types-legacy.pth', 'pytorch'],
    ['numpy/arrays.npz', 'npz'],
    ['numpy/array.npy', 'npy'],
    ['numpy/lasagne-protocol2.pkl', 'lasagne'],
    ['numpy/lasagne-protocol5.pkl', 'lasagne'],
  ])('%s is %s', async (name, format) => {
    expect(await detectFormat(fixture(name))).toEqual({ format, path: fixture(name) });
  });

  const layer = bytesField(100, message(bytesField(1, 'conv'), bytesField(2, 'Convolution')));
  const header = Buffer.from('{"w":{}}');
  test.each([
    ['caffe', message(bytesField(1, 'net'), layer)],
    ['caffe', layer],
    ['caffe', bytesField(2, bytesField(4, 'conv'))],
    ['tensorflow-graph', graphDef(floatConstant('w', { shape: [1], values: [1] }))],
    ['onnx', message(varintField(1, 8), bytesField(2, 'pytorch'))],
    ['keras-h5', Buffer.from('\x89HDF\r\n\x1a\n and more', 'latin1')],
    ['keras-archive', zip([{ name: 'model.weights.h5', content: new Uint8Array(8) }])],
    ['safetensors', Buffer.concat([Buffer.of(header.length, 0, 0, 0, 0, 0, 0, 0), header])],
    ['tfjs', Buffer.from(' [{"paths": []}]')],
    [
      'keras-sharded',
      Buffer.from('{"metadata": {}, "weight_map": {"/layers/a/vars": "m_00000.weights.h5"}}'),
    ],
  ])('knows %s by its first bytes', async (format, content) => {
    expect((await detectFormat(file(content))).format).toBe(format);
  });

  test('takes folders and the beginning of a checkpoint', async () => {
    const savedModel = join(folder, 'saved');
    mkdirSync(savedModel);
    const graph = file('\x08\x01\x12\x00', 'saved/saved_model.pb');
    const found = { format: 'tensorflow-saved-model', path: savedModel };
    expect(await detectFormat(savedModel)).toEqual(found);
    expect(await detectFormat(graph)).toEqual(found);

    mkdirSync(join(folder, 'web'));
    file('{}', 'web/model.json');
    expect(await detectFormat(join(folder, 'web'))).toEqual({
      format: 'tfjs',
      path: join(folder, 'web/model.json'),
    });

    const magic = Buffer.alloc(48);
    magic.writeBigUInt64LE(0xdb4775248b80fb57n, 40);
    const index = file(magic, 'model.ckpt.index');
    const checkpoint = { format: 'tensorflow-checkpoint', path: index };
    expect(await detectFormat(join(folder, 'model.ckpt'))).toEqual(checkpoint);
    expect(await detectFormat(file('\0\0', 'model.ckpt.data-00000-of-00001'))).toEqual(checkpoint);
    // TensorFlow's record of a folder that has moved since.
    file('model_checkpoint_path: "/away/model.ckpt"\nall_model_checkpoint_paths: "old"\n', 'checkpoint');
    expect(await detectFormat(folder)).toEqual(checkpoint);
  });

  test.each([
    ['an empty file', ''],
    ["Caffe's description of a network", 'name: "GoogleNet"\nlayer {\n'],
    ['a picture', '\xff\xd8\xff\xe0'],
    ['a web page', '<!DOCTYPE html><html>'],
  ])('refuses %s', async (_, content) => {
    await expect(detectFormat(file(content))).rejects.toThrow('of none of them');
  });

  // What torch.save of Torch7 writes: an object of class nn.Sequential, a table with one, and both as text.
  test.each([
    ['an object', '\x04\0\0\0\x01\0\0\0\x03\0\0\0V 1\x0d\0\0\0nn.Sequential'],
    [
      'a table',
      '\x03\0\0\0\x01\0\0\0\x01\0\0\0\x02\0\0\0\x05\0\0\0model' +
        '\x04\0\0\0\x02\0\0\0\x03\0\0\0V 1\x0d\0\0\0nn.Sequential',
    ],
    ['text', '4\n1\n3\nV 1\n17\ntorch.FloatTensor\n2\n3 4\n'],
  ])('refuses %s of Torch7 and says what to do', async (_, content) => {
    const path = file(content);
    await expect(detectFormat(path)).rejects.toThrow(
      `Expected '${path}' to hold weights of a format that is read here but it is a file of Torch7. ` +
        `Convert it with load_lua of PyTorch 0.4 or older, or take torchvision's .pth of the same network.`,
    );
  });

  test.each([
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0])],
    ['tar', `weights.pth${'\0'.repeat(246)}ustar\x0000`],
  ])('refuses an archive of %s', async (_, content) => {
    await expect(detectFormat(file(content, 'packed'))).rejects.toThrow(
      'Unpack it and give the one with the weights.',
    );
  });

  test("finds PyTorch's models in their folders, and by their indexes", async () => {
    const model = join(folder, 'transformer');
    mkdirSync(model);
    const index = file('{"weight_map": {}, "metadata": {}}', 'transformer/pytorch_model.bin.index.json');
    expect(await detectFormat(model)).toEqual({ format: 'shards', path: index });
    expect(await detectFormat(file('{"metadata": {}, "weight_map": {}}'))).toMatchObject({
      format: 'shards',
    });
    expect(await detectFormat(file('{"modelTopology": {}}'))).toMatchObject({ format: 'tfjs' });
    const whole = file('PK', 'transformer/pytorch_model.bin');
    expect(await detectFormat(model)).toEqual({ format: 'pytorch', path: whole });
  });

  test('does not wait for a pipe', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    await expect(detectFormat(join(folder, 'pipe'))).rejects.toThrow('it is not a file');
  });

  test('refuses a folder without weights and a file that is not there', async () => {
    mkdirSync(join(folder, 'empty'));
    await expect(detectFormat(join(folder, 'empty'))).rejects.toThrow(
      'neither saved_model.pb, model.json nor checkpoint',
    );
    await expect(detectFormat(join(folder, 'none'))).rejects.toThrow('There is no file');
  });

  test('any bytes are some format or refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), async (content) => {
        try {
          await detectFormat(file(content));
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
        }
      }),
    );
  });
});

test.skipIf(!shared)('knows the published files (needs FINETUNE_SHARED)', async () => {
  const format = async (path: string) => (await detectFormat(join(shared!, 'weights', path))).format;
  expect(await format('caffe/bvlc_googlenet.caffemodel')).toBe('caffe');
  expect(await format('caffe/squeezenet_v1.1.caffemodel')).toBe('caffe');
  expect(await format('keras/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5')).toBe('keras-h5');
  expect(await format('tfjs/vgg19-notop-uint8')).toBe('tfjs');
  await expect(format('caffe/bvlc_googlenet.prototxt')).rejects.toThrow('of none of them');
});
