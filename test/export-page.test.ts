/** The pages beside a TF.js export, in a real browser: FINETUNE_CHROMIUM, else /usr/bin/chromium; without one, skipped. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { serveFolder } from '../src/export/serve-folder.js';
import { exportRun } from '../src/recipes/export.js';
import { verifyExport } from '../src/recipes/verify-export.js';
import { loadRun, saveClassifier } from '../src/runs/classifier.js';
import { scratchFolders } from './helpers/scratch.js';
import { smallClassifier } from './helpers/small-classifier.js';

const executablePath = process.env['FINETUNE_CHROMIUM'] ?? '/usr/bin/chromium';
const picture = fileURLToPath(new URL('../data/pets/test/cat/002.jpg', import.meta.url));
const { scratch } = scratchFolders();

describe.skipIf(!fs.existsSync(executablePath))(
  'the pages beside a TF.js export (skipped where there is no Chromium)',
  () => {
    let run: string;
    let out: string;
    let browser: Browser;
    let server: Awaited<ReturnType<typeof serveFolder>>;
    beforeAll(async () => {
      vi.stubEnv('FINETUNE_CHROMIUM', executablePath);
      run = scratch();
      await saveClassifier(path.join(run, 'model'), smallClassifier());
      out = await exportRun(run, { format: 'tfjs' });
      // An earlier export, its page among it, so it may be replaced.
      await exportRun(run, { format: 'tfjs' });
      server = await serveFolder(out);
      browser = await chromium.launch({
        executablePath,
        args: ['--no-sandbox', '--enable-unsafe-swiftshader'],
      });
    });
    afterAll(async () => {
      await browser?.close();
      server?.close();
      vi.unstubAllEnvs();
    });

    test('classify a picture as the run does, and load nothing from elsewhere', async () => {
      const page = await browser.newPage({ viewport: { width: 390, height: 844 }, colorScheme: 'dark' });
      const faults: string[] = [];
      const requests: string[] = [];
      page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
      page.on('pageerror', (error) => faults.push(error.message));
      page.on('request', (request) => requests.push(request.url()));
      await page.goto(server.url + 'index.html');
      await page.getByText('answers its golden picture as it should').waitFor();
      await page.locator('#choose').setInputFiles([picture, fileURLToPath(import.meta.url)]);
      await page.locator('.card h2').waitFor();
      await page.getByText('is no picture that this browser can read').waitFor();
      const label = await page.locator('.card h2').textContent();
      const share = parseFloat((await page.locator('.card .number').first().textContent())!);

      const own = await loadRun(run);
      const { value: answer } = await own.classify([picture]).next();
      own.dispose();
      const [best] = answer!.predictions;
      expect(label).toBe(best!.label);
      expect(Math.abs(share - 100 * best!.probability)).toBeLessThan(1);
      expect(requests.filter((url) => !/^(data|blob):/.test(url) && !url.startsWith(server.url))).toEqual([]);
      expect(faults).toEqual([]);
      const wide = await page.evaluate('document.documentElement.scrollWidth');
      expect(wide).toBeLessThanOrEqual(390);
    });

    test('--verify asks in WebGL and WebAssembly, and notices another model', async () => {
      const said = await verifyExport(out);
      expect(said).toMatch(/^webgl: right: .*\nwasm: right: /);
      const file = path.join(out, 'golden.json');
      const golden = JSON.parse(fs.readFileSync(file, 'utf8')) as { probabilities: number[] };
      golden.probabilities.reverse();
      fs.writeFileSync(file, JSON.stringify(golden));
      await expect(verifyExport(out)).rejects.toThrow(/to answer as its run but it is webgl: WRONG/);
    });
  },
);

test('--verify says what to do where the browser does not run', async () => {
  const folder = scratch();
  fs.writeFileSync(path.join(folder, 'verify.html'), '');
  vi.stubEnv('FINETUNE_CHROMIUM', '/no/such/browser');
  await expect(verifyExport(folder)).rejects.toThrow(
    /^Expected '\/no\/such\/browser' to open verify\.html but: .*ENOENT.*FINETUNE_CHROMIUM/,
  );
  vi.unstubAllEnvs();
});
