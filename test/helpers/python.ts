import { spawnSync } from 'node:child_process';

/** FINETUNE_PYTHON names a Python with the packages that some tests hold ours against: TensorFlow, Keras, PyTorch … */
export const python = process.env['FINETUNE_PYTHON'] ?? 'python3';

const find = 'import importlib.util as u, sys; sys.exit(None in map(u.find_spec, sys.argv[1:]))';

/** Whether that Python is there and can import all of these. */
export function pythonHas(...modules: string[]): boolean {
  return spawnSync(python, ['-c', find, ...modules]).status === 0;
}

export const pythonHasTensorFlow = pythonHas('tensorflow');
