import { cpuReleaseOf } from './releases.js';

/** The oldest C library that the wheels run with, from their platform tag manylinux_2_27. */
const oldestGlibc = 27;

/** @throws Error saying why, when TensorFlow's wheels are not for this machine. */
export function wheelsSuitMachine(): void {
  const { platform, arch } = process;
  if (!cpuReleaseOf(platform, arch)) {
    throw new Error(
      `they are for Linux on x86-64 and on ARM, and for macOS on ARM, and this is ${platform} on ${arch}`,
    );
  }
  if (platform === 'darwin') return;
  const glibc = glibcVersion();
  if (glibc === undefined)
    throw new Error('they need the GNU C library and this system has another (Alpine, say)');
  if (Number(glibc.split('.')[1]) < oldestGlibc) {
    throw new Error(`they need the GNU C library 2.${oldestGlibc} or newer and this system has ${glibc}`);
  }
}

function glibcVersion(): string | undefined {
  const report = process.report as typeof process.report & { excludeNetwork?: boolean };
  const before = report.excludeNetwork ?? false;
  report.excludeNetwork = true; // looking up host names can take seconds
  const { header } = report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  report.excludeNetwork = before;
  return header.glibcVersionRuntime;
}
