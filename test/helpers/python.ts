import { spawnSync } from 'node:child_process';

/** FINETUNE_PYTHON names a Python with TensorFlow for the tests that hold ours against it. */
export const python = process.env['FINETUNE_PYTHON'] ?? 'python3';

const find = 'import importlib.util as u, sys; sys.exit(u.find_spec("tensorflow") is None)';

export const pythonHasTensorFlow = spawnSync(python, ['-c', find]).status === 0;

/** Whether that Python has all of these modules. */
export function pythonHas(...modules: string[]): boolean {
  const find = 'import importlib.util as u, sys; sys.exit(any(u.find_spec(m) is None for m in sys.argv[1:]))';
  return spawnSync(python, ['-c', find, ...modules]).status === 0;
}
