import fs from 'node:fs';
import path from 'node:path';
import { askBrowser, type BrowserOutcome, findChromium } from '../export/ask-browser.js';
import { verifyFile } from '../runs/verify-program.js';
import { UserError } from '../runtime/errors.js';
import { complaint, runCommand } from '../runtime/install/run-command.js';

/** The Python that is asked unless FINETUNE_PYTHON names another. */
const usualPython = 'python3';

/**
 * Asks an exported model in the world that it is for: runs its verify.py in Python, or opens its verify.html in a Chromium.
 *
 * @param directory of an export.
 * @returns what the program says: by how much the model's answer differs, and how much is allowed.
 * @throws UserError where there is nothing that can run the check; Error when the answer is wrong.
 */
export async function verifyExport(directory: string, signal?: AbortSignal): Promise<string> {
  if (fs.existsSync(path.join(directory, 'verify.html'))) return verifyInBrowser(directory);
  const program = path.join(directory, verifyFile);
  if (!fs.existsSync(program)) {
    throw new UserError(
      `Expected an export with a ${verifyFile} or a verify.html but '${directory}' has neither. Export it again.`,
    );
  }
  const python = process.env['FINETUNE_PYTHON'] ?? usualPython;
  const outcome = await runCommand(python, [program], { ...(signal && { signal }) });
  const said = outcome.stdout.trim().split('\n').at(-1) ?? '';
  if (outcome.code === 0) return said;
  if (outcome.found && said.startsWith('WRONG')) throw wrong(directory, said);
  const fault = outcome.found ? complaint(outcome) : 'there is no such program';
  throw new UserError(
    `Expected '${python}' to verify the model but: ${fault}. Install what ${verifyFile} needs (it says so at its top), or let FINETUNE_PYTHON name another Python. The export is in '${directory}'.`,
  );
}

async function verifyInBrowser(directory: string): Promise<string> {
  const chromium = findChromium();
  if (chromium === undefined) {
    throw new UserError(
      `Expected a Chromium to verify the model but found none. Let FINETUNE_CHROMIUM name one, or serve '${directory}' and open verify.html in any browser. The export is in '${directory}'.`,
    );
  }
  const outcomes = await askBrowser(path.resolve(directory), chromium);
  const bad = outcomes.filter(({ outcome }) => outcome === 'WRONG');
  if (bad.length > 0) throw wrong(directory, bad.map(words).join('; '));
  if (!outcomes.some(({ outcome }) => outcome === 'right')) {
    throw new UserError(
      `Expected '${chromium}' to compute the model in some way but: ${outcomes.map(words).join('; ')}. The export is in '${directory}'.`,
    );
  }
  return outcomes.map(words).join('\n');
}

function words({ backend, outcome, message }: BrowserOutcome): string {
  return `${backend}: ${outcome}: ${message}`;
}

function wrong(directory: string, said: string): Error {
  return new Error(`expected the model in '${directory}' to answer as its run but it is ${said}`);
}
