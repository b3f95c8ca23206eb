import { compilerAdvice, findCompiler } from '../install/addon.js';
import { findPip, pipAdvice } from '../install/pip.js';
import type { Check } from './check.js';

/** What the set-up of TensorFlow needs; once that is done neither is missed. */
export async function toolChecks(isSetUp: boolean): Promise<Check[]> {
  const [pip, compiler] = await Promise.all([findPip(), findCompiler()]);
  const status = isSetUp ? 'ok' : 'fail';
  const unneeded = isSetUp ? ' (not needed any more)' : '';
  return [
    'found' in pip
      ? { name: 'Python', status: 'ok', message: `${pip.found} with pip ${pip.version}` }
      : { name: 'Python', status, message: `${pip.missing}${unneeded}`, ...adviceUnless(isSetUp, pipAdvice) },
    'found' in compiler
      ? { name: 'C++ compiler', status: 'ok', message: compiler.version }
      : {
          name: 'C++ compiler',
          status,
          message: `${compiler.missing}${unneeded}`,
          ...adviceUnless(isSetUp, compilerAdvice),
        },
  ];
}

function adviceUnless(isSetUp: boolean, what: string): { advice?: string } {
  return isSetUp ? {} : { advice: `Install ${what}.` };
}
