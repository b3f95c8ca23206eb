/** The page in a real browser: FINETUNE_CHROMIUM, else /usr/bin/chromium; without one, skipped. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { mainJob } from './helpers/main-job.js';
import { type Serving, servers } from './helpers/serving.js';

const executablePath = process.env['FINETUNE_CHROMIUM'] ?? '/usr/bin/chromium';
const hasBrowser = fs.existsSync(executablePath);
if (process.env['FINETUNE_CHROMIUM'] && !hasBrowser)
  throw new Error(`FINETUNE_CHROMIUM names '${executablePath}', which does not exist`);

const job = mainJob();
const start = servers();
const pictures = ['cat/002.jpg', 'dog/003.jpg'].map((file) =>
  fileURLToPath(new URL(`../data/pets/test/${file}`, import.meta.url)),
);

describe.skipIf(!hasBrowser)('the page, in a browser (skipped where there is no Chromium)', () => {
  let browser: Browser;
  let run: string;
  let server: Serving;
  const faults: string[] = [];
  const requests: string[] = [];

  beforeAll(async () => {
    run = path.join(job.scratch(), 'tinted');
    await job.train(run);
    server = await start(run, [], job.environment);
    browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
    });
    const ready = async () =>
      (await server.json<{ trainingPictures: number }>('/api/model')).trainingPictures;
    await vi.waitFor(async () => expect(await ready()).toBe(36), { timeout: 60_000, interval: 200 });
  });
  afterAll(async () => {
    await browser?.close();
    // Nothing was loaded from elsewhere, nothing was blocked, no script failed.
    expect(faults).toEqual([]);
    expect(requests.filter((url) => !/^(data|blob):/.test(url) && !url.startsWith(server.url))).toEqual([]);
  });

  async function open(options: BrowserContextOptions = {}, where = server.url): Promise<Page> {
    const context = await browser.newContext({ permissions: ['camera'], ...options });
    const page = await context.newPage();
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(where);
    await page.locator('#work').waitFor();
    return page;
  }

  const answered = (page: Page, count: number) =>
    expect.poll(() => page.locator('.card .answer').count(), { timeout: 30_000, interval: 100 }).toBe(count);

  test('a chosen picture gets classes, its map on demand, and nearest pictures', async () => {
    const page = await open();
    await page.setInputFiles('#choose', pictures);
    await answered(page, 2);
    const card = page.locator('.card').first();
    expect(await card.locator('.class').count()).toBe(3);
    expect(await card.locator('.nearest img').count()).toBe(6);
    await expect
      .poll(() =>
        card
          .locator('.nearest img')
          .first()
          .evaluate((img) => (img as unknown as { naturalWidth: number }).naturalWidth),
      )
      .toBe(192);
    const images = card.locator('figure img');
    expect(await images.evaluateAll((all) => all.map((img) => img.hasAttribute('hidden')))).toEqual([
      false,
      true,
    ]);
    await card.getByRole('button', { name: 'Show why' }).click();
    expect(await images.evaluateAll((all) => all.map((img) => img.hasAttribute('hidden')))).toEqual([
      true,
      false,
    ]);
    const second = card.locator('.class').nth(1);
    const label = await second.locator('.label').textContent();
    await second.click();
    await card.getByText(`Why ${label}: orange speaks for it`).waitFor();
    await page.context().close();
  });

  test('dropped and pasted pictures', async () => {
    const page = await open();
    const content = fs.readFileSync(pictures[0]!).toString('base64');
    for (const [kind, count] of [
      ['drop', 1],
      ['paste', 2],
    ] as const) {
      await page.evaluate(
        ([data, event]) => {
          // in the browser; its types are not this program's
          const g = globalThis as unknown as Record<string, new (...args: unknown[]) => never> & {
            document: { dispatchEvent(event: unknown): void };
            atob(text: string): string;
          };
          const bytes = Uint8Array.from(g.atob(data!), (c) => c.charCodeAt(0));
          const transfer = new g['DataTransfer']!() as { items: { add(file: unknown): void } };
          transfer.items.add(new g['File']!([bytes], `${event}.jpg`, { type: 'image/jpeg' }));
          const made =
            event === 'drop'
              ? new g['DragEvent']!('drop', { dataTransfer: transfer, bubbles: true, cancelable: true })
              : new g['ClipboardEvent']!('paste', {
                  clipboardData: transfer,
                  bubbles: true,
                  cancelable: true,
                });
          g.document.dispatchEvent(made);
        },
        [content, kind],
      );
      await answered(page, count);
      await page.getByText(`${kind}.jpg`, { exact: true }).waitFor();
    }
    await page.context().close();
  });

  test('by keyboard alone: the camera, an answer, a correction', async () => {
    const page = await open();
    const press = async (name: string) => {
      for (let i = 0; i < 40; i++) {
        await page.keyboard.press('Tab');
        const focused = await page.evaluate(
          () =>
            (globalThis as unknown as { document: { activeElement: { textContent: string } } }).document
              .activeElement.textContent,
        );
        if (focused.trim() === name) return page.keyboard.press('Enter');
      }
      throw new Error(`'${name}' cannot be reached by Tab`);
    };
    await press('Camera');
    await page.locator('#camera[open]').waitFor();
    await page.locator('#camera-take:enabled').waitFor();
    await page.keyboard.press('Escape');
    expect(await page.locator('#camera[open]').count()).toBe(0);
    await page.locator('#camera-open').click();
    await page.locator('#camera[open] #camera-take:enabled').waitFor();
    await press('Take the picture');
    await answered(page, 1);
    await press('Keep');
    await page.getByText(/^Kept as /).waitFor();
    await page.context().close();
  });

  test('wrong: it is kept, trained with, judged, and left or taken', async () => {
    const page = await open();
    await page.setInputFiles('#choose', pictures[1]!);
    await answered(page, 1);
    await page.locator('.card select').selectOption({ index: 0 });
    await page.getByRole('button', { name: 'Keep' }).click();
    await page.getByText(/^Kept as /).waitFor();
    const train = page.getByRole('button', { name: 'Train the head again' });
    for (const [decision, told] of [
      ['Leave it', /Left: the run answers as before/],
      ['Take it, as tinted-2', /tinted-2 answers from now on/],
    ] as const) {
      await train.click();
      await page.locator('#verdict h3').waitFor({ timeout: 90_000 });
      expect(await page.locator('#verdict h3').textContent()).toMatch(/Better|Worse|Can’t be told apart/);
      expect(await page.locator('#verdict').textContent()).toMatch(
        /same 24 held-out pictures.*McNemar’s test/,
      );
      await page.getByRole('button', { name: decision }).click();
      await page.getByText(told).waitFor({ timeout: 60_000 });
    }
    expect(await page.locator('h1').textContent()).toBe('tinted-2');
    await page.context().close();
  });

  test.each([
    ['desktop', { width: 1200, height: 900 }],
    ['phone', { width: 360, height: 740 }],
  ])('%s: nothing is wider than the page, light and dark', async (_, viewport) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await open({ viewport, colorScheme, reducedMotion: 'reduce' });
      await page.setInputFiles('#choose', pictures[0]!);
      await answered(page, 1);
      const [width, ground] = await page.evaluate(() => {
        const { document, getComputedStyle } = globalThis as unknown as {
          document: { documentElement: { scrollWidth: number }; body: object };
          getComputedStyle(element: object): { backgroundColor: string };
        };
        return [
          document.documentElement.scrollWidth,
          getComputedStyle(document.body).backgroundColor,
        ] as const;
      });
      expect(width).toBeLessThanOrEqual(viewport.width);
      expect(ground).toBe(colorScheme === 'dark' ? 'rgb(20, 24, 29)' : 'rgb(255, 255, 255)');
      await page.context().close();
    }
  });

  test('what cannot be used is said in words; names are never read as markup', async () => {
    const page = await open();
    const expected = faults.length;
    const name = '<img src=x onerror=alert(1)>.jpg';
    await page.setInputFiles('#choose', { name, mimeType: 'image/jpeg', buffer: Buffer.from('nothing') });
    await page.locator('.card [role=alert]').waitFor();
    expect(await page.locator('.card h3').textContent()).toBe(name);
    expect(await page.locator('.card [role=alert]').textContent()).toMatch(/not a picture of a known kind/);
    faults.splice(expected); // browsers log the answer's status
    await page.context().close();
  });

  test('with a token the page asks for it', async () => {
    const token = 'sixteen-letters-or-more';
    const locked = await start(run, ['--token', token], job.environment);
    const expected = faults.length;
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(locked.url);
    await page.locator('#token').fill('the wrong one, surely');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText(/received another/).waitFor();
    await page.locator('#token').fill(token);
    await page.keyboard.press('Enter');
    await page.locator('#work').waitFor();
    await page.setInputFiles('#choose', pictures[0]!);
    await answered(page, 1);
    faults.splice(expected);
    await context.close();
  });
});
