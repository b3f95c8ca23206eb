/** A TF.js export's own check, verify.html, opened in a Chromium without a window. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../runtime/errors.js';
import { serveFolder } from './serve-folder.js';

/** What one way of computing in the browser said of the golden picture. */
export interface BrowserOutcome {
  readonly backend: string;
  readonly outcome: 'right' | 'WRONG' | 'not tried';
  readonly message: string;
}

const outcomes: z.ZodType<BrowserOutcome[]> = z.array(
  z.object({
    backend: z.string(),
    outcome: z.enum(['right', 'WRONG', 'not tried']),
    message: z.string(),
  }),
);

/** The usual names of a Chromium, unless FINETUNE_CHROMIUM names one. */
const usualNames = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'msedge',
];
const usualPlaces = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** The Chromium to ask; undefined where none is found. */
export function findChromium(): string | undefined {
  const told = process.env['FINETUNE_CHROMIUM'];
  if (told !== undefined) return told;
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  const named = usualNames.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return [...named, ...usualPlaces].find((file) => fs.existsSync(file));
}

/** Long enough for a large network in software; a browser that says nothing by then is stuck. */
const patience = 600_000;
/** In which what it has said last is read once it has ended. */
const lastWordsMs = 500;

/**
 * Serves the folder of a TF.js export to this machine alone, opens its verify.html, and waits for what it says. WebGL is
 * computed in software where there is no GPU.
 *
 * @param chromium a browser of that family.
 * @throws UserError when the browser does not run or ends without a word.
 */
export async function askBrowser(directory: string, chromium: string): Promise<readonly BrowserOutcome[]> {
  const told = promised<readonly BrowserOutcome[]>();
  const server = await serveFolder(directory, (text) => told.resolve(outcomes.parse(JSON.parse(text))));
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'finetune-browser-'));
  const address = `${server.url}verify.html?tell`;
  const browser = spawn(chromium, [...settings(profile), address], { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaints = '';
  browser.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (complaints = (complaints + text).slice(-4000)));
  const ended = new Promise<void>((resolve) => {
    browser.on('error', (error) => {
      told.reject(refusal(chromium, error.message));
      resolve();
    });
    // what it has started may hold its stderr open for longer than it lives
    browser.on('exit', () => setTimeout(() => browser.stderr.destroy(), lastWordsMs).unref());
    browser.on('close', (code) => {
      told.reject(refusal(chromium, complaints.trim().split('\n').at(-1) || `exit code ${code}`));
      resolve();
    });
  });
  const timer = setTimeout(() => told.reject(refusal(chromium, 'it said nothing for ten minutes')), patience);
  try {
    return await told.promise;
  } finally {
    clearTimeout(timer);
    browser.kill();
    browser.stderr.destroy();
    server.close();
    await ended;
    try {
      fs.rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    } catch {
      // its helpers outlive it and write there still: a profile left behind must not hide what was found
    }
  }
}

/** A promise, and what settles it. */
function promised<T>() {
  let resolve!: (value: T) => void;
  let reject!: (reason: Error) => void;
  const promise = new Promise<T>((...settle) => ([resolve, reject] = settle));
  return { promise, resolve, reject };
}

function settings(profile: string): string[] {
  return [
    '--headless=new',
    `--user-data-dir=${profile}`,
    '--no-first-run',
    '--disable-extensions',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-dev-shm-usage',
    '--enable-unsafe-swiftshader',
    // Chromium refuses to run for root in its sandbox; nothing but the export is opened in it.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ];
}

function refusal(chromium: string, reason: string): UserError {
  return new UserError(
    `Expected '${chromium}' to open verify.html but: ${reason}. Let FINETUNE_CHROMIUM name another Chromium, or serve the folder and open verify.html in any browser.`,
  );
}
