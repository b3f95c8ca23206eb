/** A wheel of the Python package index, pinned by version and digest. */
export interface Wheel {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of the file. */
  readonly sha256: string;
  /** Size of the download in megabytes, for the progress line. */
  readonly megabytes: number;
}

export type Variant = 'cpu' | 'gpu';

export const tensorflowVersion = '2.21.0';

/** The TensorFlow library: Python's wheels hold it whole, with its C headers. */
export const tensorflowWheels: Readonly<Record<Variant, Wheel>> = {
  cpu: {
    name: 'tensorflow-cpu',
    version: tensorflowVersion,
    sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
    megabytes: 274,
  },
  gpu: {
    name: 'tensorflow',
    version: tensorflowVersion,
    sha256: '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124',
    megabytes: 572,
  },
};

/** What TensorFlow opens at run time on one NVIDIA GPU; versions that resolve together for CUDA 12.9. */
export const cudaWheels: readonly Wheel[] = [
  wheel(
    'nvidia-cuda-runtime-cu12',
    '12.9.79',
    '25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3',
    4,
  ),
  wheel(
    'nvidia-cublas-cu12',
    '12.9.3.13',
    'd7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72',
    581,
  ),
  wheel(
    'nvidia-cudnn-cu12',
    '9.28.0.42',
    '9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375',
    717,
  ),
  wheel(
    'nvidia-cufft-cu12',
    '11.4.1.4',
    'c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28',
    201,
  ),
  wheel(
    'nvidia-cusolver-cu12',
    '11.7.5.82',
    '15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88',
    340,
  ),
  wheel(
    'nvidia-cusparse-cu12',
    '12.5.10.65',
    '73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78',
    367,
  ),
  wheel(
    'nvidia-nvjitlink-cu12',
    '12.9.86',
    'e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9',
    40,
  ),
  wheel(
    'nvidia-cuda-nvrtc-cu12',
    '12.9.86',
    '210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4',
    90,
  ),
];

function wheel(name: string, version: string, sha256: string, megabytes: number): Wheel {
  return { name, version, sha256, megabytes };
}

/** The Python that the wheels are for, whichever the machine has, and the platforms to ask for. */
export const wheelTarget = {
  python: '3.11',
  platforms: [
    'manylinux_2_27_x86_64',
    'manylinux_2_25_x86_64',
    'manylinux_2_17_x86_64',
    'manylinux2014_x86_64',
    'manylinux2010_x86_64',
  ],
} as const;
