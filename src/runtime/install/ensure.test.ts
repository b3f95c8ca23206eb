/** The order of ways to a TensorFlow, with wheels, Python and compiler of the test's own. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../../../test/helpers/command-line.js';
import { realPython, type StandInPython, standInPython } from '../../../test/helpers/stand-in-python.js';
import { addonFile, buildAddon } from './addon.js';
import { ensureTensorFlow } from './ensure.js';
import { openAddon } from './open-addon.js';
import { runOwnInstaller } from './own-installer.js';
import type { SetupProgress } from './setup-progress.js';
import { cpuRelease, gpuRelease } from './releases.js';

const machine = vi.hoisted(() => ({
  hasGpu: false,
  packageAddon: '',
  prebuilt: undefined as string | undefined,
}));

vi.mock('../gpu.js', async (original) => ({
  ...(await original<typeof import('../gpu.js')>()),
  wantsGpu: () => machine.hasGpu,
}));
vi.mock('./releases.js', async () => {
  const { madeUpWheel } = await import('../../../test/helpers/stand-in-python.js');
  const release = (kind: 'cpu' | 'gpu', project: string) => {
    const { wheel, bytes } = madeUpWheel(
      { project, folder: 'tensorflow', keeps: /./ },
      { 'tensorflow/library': kind },
    );
    return { name: kind, kind, wheels: [wheel], links: {}, unpackedBytes: 1e5, bytes };
  };
  const small = release('cpu', 'small');
  return {
    tensorflowVersion: '0.0.0',
    cpuRelease: small,
    cpuReleaseOf: () => small,
    gpuRelease: release('gpu', 'large'),
  };
});
vi.mock('./addon.js', async (original) => {
  const addon = await original<typeof import('./addon.js')>();
  return {
    ...addon,
    buildAddon: vi.fn((release: string) => {
      fs.mkdirSync(path.dirname(addon.addonFile(release)), { recursive: true });
      fs.writeFileSync(addon.addonFile(release), '');
    }),
  };
});
vi.mock('./prebuilt.js', async (original) => ({
  ...(await original<typeof import('./prebuilt.js')>()),
  prebuiltAddon: () => machine.prebuilt,
}));
vi.mock('./open-addon.js', () => ({ openAddon: vi.fn() }));
vi.mock('./own-installer.js', () => ({
  packageAddon: () => (fs.existsSync(machine.packageAddon) ? machine.packageAddon : undefined),
  runOwnInstaller: vi.fn(() => Promise.reject(new Error('the host does not answer'))),
}));

let cache: string;
let python: StandInPython;
let compilerBin: string;
beforeEach(() => {
  cache = temporaryFolder();
  machine.hasGpu = false;
  machine.prebuilt = undefined;
  machine.packageAddon = path.join(cache, 'tfjs_binding.node');
  python = standInPython();
  for (const release of [cpuRelease, gpuRelease]) {
    python.offer(release.wheels[0]!, (release as unknown as { bytes: Buffer }).bytes);
  }
  compilerBin = path.join(cache, 'bin');
  fs.mkdirSync(compilerBin);
  fs.writeFileSync(path.join(compilerBin, 'g++'), '#!/bin/sh\necho g++ 12\n', { mode: 0o755 });
  vi.stubEnv('FINETUNE_CACHE', cache);
  vi.stubEnv('CXX', undefined);
  vi.stubEnv('PATH', [path.dirname(python.command), compilerBin].join(':'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.clearAllMocks();
  fs.rmSync(cache, { recursive: true });
  python.remove();
});

const place = (kind: string) => path.join(cache, 'tensorflow', kind);

async function ensure(device: 'auto' | 'cpu' | 'gpu' = 'auto') {
  const told: SetupProgress[] = [];
  const installation = await ensureTensorFlow({ device, onProgress: (progress) => told.push(progress) });
  return { installation, told };
}

describe.skipIf(!realPython)('from wheels (needs Python)', () => {
  test('without a GPU the small library, once', async () => {
    const { installation } = await ensure();
    expect(installation).toEqual({ build: 'cpu', addon: addonFile(place('cpu')) });
    expect(await ensure()).toEqual({ installation, told: [] });
    expect(python.downloads()).toEqual(['small==1.0']);
  });

  test('with a GPU the large one, even where the small one is in place', async () => {
    await ensure();
    machine.hasGpu = true;
    const { installation } = await ensure();
    expect(installation).toEqual({ build: 'gpu', addon: addonFile(place('gpu')) });
    expect(python.downloads()).toEqual(['small==1.0', 'large==1.0']);
  });

  test('--device cpu forces the small one', async () => {
    machine.hasGpu = true;
    expect((await ensure('cpu')).installation.build).toBe('cpu');
    expect(python.downloads()).toEqual(['small==1.0']);
  });

  test('where the large one cannot be had, the small one and a loud word', async () => {
    machine.hasGpu = true;
    python.failFor('large');
    const { installation, told } = await ensure();
    expect(installation.build).toBe('cpu');
    expect(told.at(-1)).toEqual({
      kind: 'warning',
      message: expect.stringMatching(/for GPUs through pip: pip says: No matching distribution found/),
    });
  });

  test('--device gpu is content with no other', async () => {
    await expect(ensure('gpu')).rejects.toThrow(/Expected a usable GPU for --device gpu but/);
    machine.hasGpu = true;
    python.failFor('large');
    await expect(ensure('gpu')).rejects.toThrow(/no way worked: \(1\) the wheels of TensorFlow .* for GPUs/);
    expect(python.downloads()).toEqual(['large==1.0']);
    expect(runOwnInstaller).not.toHaveBeenCalled();
  });

  test('the addon that came with the package is tried first, and compiled only where it does not fit', async () => {
    machine.prebuilt = path.join(cache, 'came-along.node');
    fs.writeFileSync(machine.prebuilt, 'came along');
    const { installation } = await ensure();
    expect(fs.readFileSync(installation.addon, 'utf8')).toBe('came along');
    expect(buildAddon).not.toHaveBeenCalled();
    fs.rmSync(path.dirname(installation.addon), { recursive: true });
    vi.mocked(openAddon).mockImplementationOnce((file) => {
      expect(fs.existsSync(file)).toBe(true);
      expect(fs.existsSync(installation.addon)).toBe(false);
      return Promise.reject(new Error('GLIBC_2.99 is not there'));
    });
    expect((await ensure()).installation).toEqual(installation);
    expect(buildAddon).toHaveBeenCalledOnce();
    fs.rmSync(path.dirname(installation.addon), { recursive: true });
    vi.mocked(openAddon).mockRejectedValueOnce(new Error('GLIBC_2.99 is not there'));
    vi.stubEnv('PATH', path.dirname(python.command));
    await expect(ensure()).rejects.toThrow(
      /came along does not fit \(GLIBC_2.99 is not there\) and there is no C\+\+/,
    );
  });

  test('where there are no wheels for GPUs, a card is left alone, and --device gpu says so', async () => {
    machine.hasGpu = true;
    const arch = Object.getOwnPropertyDescriptor(process, 'arch')!;
    Object.defineProperty(process, 'arch', { ...arch, value: 'arm64' });
    try {
      const { installation } = await ensure();
      expect(installation.build).toBe('cpu');
      expect(await ensure()).toEqual({ installation, told: [] });
      await expect(ensure('gpu')).rejects.toThrow(/^Expected a usable GPU .* x86-64 and this is .* on arm64/);
      expect(python.downloads()).toEqual(['small==1.0']);
    } finally {
      Object.defineProperty(process, 'arch', arch);
    }
  });

  test('two at once: one works, the other waits and finds it done', async () => {
    const [first, second] = await Promise.all([ensure(), ensure()]);
    expect(first.installation).toEqual(second.installation);
    expect(python.downloads()).toEqual(['small==1.0']);
    expect([...first.told, ...second.told]).toContainEqual({
      kind: 'note',
      message: 'Waiting for another process that sets up TensorFlow',
    });
  });
});

describe("where wheels are no way, tfjs' own installer is tried, and then one error names the ways out", () => {
  test('no Python', async () => {
    vi.stubEnv('PATH', compilerBin);
    await expect(ensure()).rejects.toThrow(
      /^Expected to set up TensorFlow but no way worked: \(1\) the wheels of TensorFlow 0\.0\.0 through pip: there is no pip \(neither python3 nor python was found\); \(2\) the installer of @tensorflow\/tfjs-node-gpu: the host does not answer\. Install Python 3 with pip \(.*\)\. Then run the same command again\.$/,
    );
    expect(runOwnInstaller).toHaveBeenCalledOnce();
  });

  test('no compiler', async () => {
    vi.stubEnv('PATH', path.dirname(python.command));
    await expect(ensure()).rejects.toThrow(
      /there is no C\+\+ compiler \(none of g\+\+, c\+\+, clang\+\+ was found\); \(2\).* Install a C\+\+ compiler \(/,
    );
    expect(python.downloads()).toEqual([]);
  });

  test('what that installer brings is used when it works, and taken away when it does not', async () => {
    vi.stubEnv('PATH', compilerBin);
    const bring = () => {
      fs.writeFileSync(machine.packageAddon, '');
      return Promise.resolve(machine.packageAddon);
    };
    vi.mocked(runOwnInstaller).mockImplementationOnce(bring).mockImplementationOnce(bring);
    vi.mocked(openAddon).mockRejectedValueOnce(new Error('it needs AVX'));
    await expect(ensure()).rejects.toThrow(/tfjs-node-gpu: it needs AVX/);
    expect(fs.existsSync(machine.packageAddon)).toBe(false);
    expect((await ensure()).installation).toEqual({ build: 'package', addon: machine.packageAddon });
  });

  test('pip that does not get through', async () => {
    python.failFor('');
    await expect(ensure()).rejects.toThrow(/Where pip does not get through, see what it is set up with/);
  });

  test('a cache folder that cannot be made', async () => {
    fs.writeFileSync(path.join(cache, 'file'), '');
    vi.stubEnv('FINETUNE_CACHE', path.join(cache, 'file', 'folder'));
    await expect(ensure()).rejects.toThrow(
      expect.objectContaining({ code: 'EEXIST', path: path.join(cache, 'file') }),
    );
  });
});
