import fs from 'node:fs';
import path from 'node:path';
import { verifyFile } from '../runs/verify-program.js';
import { UserError } from '../runtime/errors.js';
import { complaint, runCommand } from '../runtime/install/run-command.js';

/** The Python that is asked unless FINETUNE_PYTHON names another. */
const usualPython = 'python3';

/**
 * Asks an exported model in the world that it is for: runs its verify.py.
 *
 * @param directory of an export.
 * @returns what the program says: by how much the model's answer differs, and how much is allowed.
 * @throws UserError where there is no such program or no Python that can run it; Error when the answer is wrong.
 */
export async function verifyExport(directory: string, signal?: AbortSignal): Promise<string> {
  const program = path.join(directory, verifyFile);
  if (!fs.existsSync(program)) {
    throw new UserError(
      `Expected an export with a ${verifyFile} but '${directory}' has none: TF.js models and safetensors are checked here, as they are written.`,
    );
  }
  const python = process.env['FINETUNE_PYTHON'] ?? usualPython;
  const outcome = await runCommand(python, [program], { ...(signal && { signal }) });
  const said = outcome.stdout.trim().split('\n').at(-1) ?? '';
  if (outcome.code === 0) return said;
  if (outcome.found && said.startsWith('WRONG')) {
    throw new Error(`expected the model in '${directory}' to answer as its run but it is ${said}`);
  }
  const fault = outcome.found ? complaint(outcome) : 'there is no such program';
  throw new UserError(
    `Expected '${python}' to verify the model but: ${fault}. Install what ${verifyFile} needs (it says so at its top), or let FINETUNE_PYTHON name another Python. The export is in '${directory}'.`,
  );
}
