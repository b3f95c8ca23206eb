import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/helpers/command-line.js';
import { madeUpWheel, realPython, standInPython } from '../../../test/helpers/stand-in-python.js';
import { installRelease, releaseFolder } from './release-folder.js';
import { gpuRelease, type Release } from './releases.js';

const hasCompiler = spawnSync('g++', ['--version']).status === 0;

/** What TensorFlow 2.21 opens before it takes a GPU (tsl::internal::DsoLoader::TryDlopenCUDALibraries). */
const opened = [
  'libcudart.so.12',
  'libcublas.so.12',
  'libcublasLt.so.12',
  'libcudnn.so.9',
  'libcufft.so.11',
  'libcusolver.so.11',
  'libcusparse.so.12',
];
/** The search path inside its libtensorflow_framework.so.2, as `readelf -d` shows it: cusolver is not in it. */
const searchPath = ['cublas', 'cuda_cupti', 'cuda_runtime', 'cudnn', 'cufft', 'cusparse', 'nccl', 'nvshmem']
  .map((part) => `$ORIGIN/../nvidia/${part}/lib`)
  .join(':');
/** Libraries in NVIDIA's wheels, with some that are left out. */
const inWheels: Record<string, readonly string[]> = {
  cuda_runtime: ['libcudart.so.12'],
  cublas: ['libcublas.so.12', 'libcublasLt.so.12', 'libnvblas.so.12'],
  cudnn: ['libcudnn.so.9', 'libcudnn_ops.so.9'],
  cufft: ['libcufft.so.11', 'libcufftw.so.11'],
  cusolver: ['libcusolver.so.11', 'libcusolverMg.so.11'],
  cusparse: ['libcusparse.so.12'],
  nvjitlink: ['libnvJitLink.so.12'],
  cuda_nvrtc: ['libnvrtc.so.12', 'libnvrtc-builtins.so.12.9', 'libnvrtc.alt.so.12'],
};

describe.skipIf(!realPython || !hasCompiler)('the release for GPUs (needs Python and g++)', () => {
  const folder = temporaryFolder();
  const cache = path.join(folder, 'cache');
  const place = releaseFolder(gpuRelease, cache);
  afterAll(() => fs.rmSync(folder, { recursive: true }));

  /** Compiles a C++ source to bytes. */
  function compile(source: string, ...flags: readonly string[]): Buffer {
    const output = path.join(folder, 'compiled');
    const { status, stderr } = spawnSync('g++', ['-x', 'c++', '-', '-x', 'none', '-o', output, ...flags], {
      input: source,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    return fs.readFileSync(output);
  }

  beforeAll(async () => {
    const empty = compile('int nothing;', '-shared', '-fPIC');
    const loader = compile(
      `#include <dlfcn.h>
       #include <initializer_list>
       extern "C" const char *what_fails() {
         for (const char *name : {${opened.map((name) => `"${name}"`).join()}})
           if (!dlopen(name, RTLD_NOW)) return dlerror();
         return "nothing";
       }`,
      ...['-shared', '-fPIC', '-Wl,-soname,libtensorflow_framework.so.2', `-Wl,-rpath,${searchPath}`],
    );
    const python = standInPython();
    const wheels = gpuRelease.wheels.map((pin) => {
      const part = path.basename(pin.folder);
      const files =
        pin.folder === 'tensorflow'
          ? {
              'tensorflow/libtensorflow_cc.so.2': empty,
              'tensorflow/libtensorflow_framework.so.2': loader,
              'tensorflow/include/tensorflow/c/c_api.h': '// header',
              'tensorflow/python/_pywrap.so': empty,
            }
          : Object.fromEntries(inWheels[part]!.map((name) => [`nvidia/${part}/lib/${name}`, empty]));
      const { wheel, bytes } = madeUpWheel(pin, files);
      python.offer(wheel, bytes);
      return wheel;
    });
    const release: Release = { ...gpuRelease, wheels, unpackedBytes: 1e6 };
    await installRelease(release, cache, python.command, () => undefined);
    python.remove();
  });

  test('leaves out what one GPU does not need', () => {
    const files = fs.readdirSync(place, { recursive: true }).map((file) => path.basename(String(file)));
    expect(files).toEqual(expect.arrayContaining([...opened, 'libnvrtc-builtins.so.12.9', 'c_api.h']));
    for (const name of ['libnvblas.so.12', 'libcufftw.so.11', 'libcusolverMg.so.11', 'libnvrtc.alt.so.12']) {
      expect(files).not.toContain(name);
    }
    expect(files).not.toContain('_pywrap.so');
  });

  /** Loads TensorFlow's library as the addon does, from a folder beside it, and lets it look for CUDA. */
  function whatFails(): string {
    const addon = path.join(place, 'addon-of-a-test');
    fs.mkdirSync(addon, { recursive: true });
    const program = compile(
      '#include <cstdio>\nextern "C" const char *what_fails(); int main() { puts(what_fails()); }',
      path.join(place, 'tensorflow', 'libtensorflow_framework.so.2'),
      '-Wl,-rpath,$ORIGIN/../tensorflow',
    );
    fs.writeFileSync(path.join(addon, 'program'), program, { mode: 0o755 });
    return spawnSync(path.join(addon, 'program'), { encoding: 'utf8' }).stdout.trim();
  }

  test('lies where the dynamic linker finds every CUDA library', () => {
    expect(whatFails()).toBe('nothing');
  });

  test('would not without the link for cusolver', () => {
    fs.rmSync(path.join(place, 'nvidia/cusparse/lib/libcusolver.so.11'));
    expect(whatFails()).toContain('libcusolver.so.11: cannot open shared object file');
  });
});
