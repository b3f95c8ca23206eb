import { spawnSync } from 'node:child_process';

/** A Python for the tests that hold ours against the world's libraries; undefined unless FINETUNE_PYTHON names one. */
export const python: string | undefined = process.env['FINETUNE_PYTHON'] || undefined;

/** Whether that Python has these modules. */
export function pythonHas(...modules: string[]): boolean {
  if (!python) return false;
  const find = 'import importlib.util as u, sys; sys.exit(any(u.find_spec(m) is None for m in sys.argv[1:]))';
  return spawnSync(python, ['-c', find, ...modules]).status === 0;
}
