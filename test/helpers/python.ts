import { spawnSync } from 'node:child_process';

/** A Python that has what some tests hold ours against; those without it are skipped. */
export const python: string | undefined = process.env['FINETUNE_PYTHON'];

/** Whether that Python has all of these modules. */
export function pythonHas(...modules: string[]): boolean {
  if (!python) return false;
  const find =
    'import importlib.util as u, sys; sys.exit(any(u.find_spec(name) is None for name in sys.argv[1:]))';
  return spawnSync(python, ['-c', find, ...modules]).status === 0;
}
