/** Every lesson is run once, as a reader runs them, and its page is looked at. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import vm from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const names = readdirSync('lessons')
  .filter((name) => /^\d\d-.*\.ts$/.test(name))
  .map((name) => name.replace('.ts', ''));

let folder: string;
let printed: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'finetune-lessons-'));
  printed = execFileSync(process.execPath, [...command, '--all', '--quick', '--out', folder], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

const command = ['--import', 'tsx', 'lessons/run.ts'];
const whole = (name: string) => readFileSync(path.join(folder, `${name}.html`), 'utf8');
const page = (name: string) => whole(name).replace(/<script[^]*?<\/script>/g, '');
const figuresOf = (html: string) => [...html.matchAll(/<figure [^]*?<\/figure>/g)].map(([figure]) => figure);

describe.each([...names, 'index'])('%s', (name) => {
  test('is told, and has one h1, every element closed, and nothing undefined', () => {
    expect(printed).toContain(`${name}.html`);
    const html = page(name);
    expect(html.match(/<h1/g)).toHaveLength(1);
    const shown = html.replace(/<(style|pre)[^]*?<\/\1>|base64,[^"]*/g, '');
    expect(/.*(undefined|NaN|Infinity|\[object).*/.exec(shown)?.[0]).toBeUndefined();
    for (const tag of ['figure', 'details', 'table', 'svg', 'div', 'math', 'pre', 'section']) {
      const count = (form: RegExp) => html.match(form)?.length ?? 0;
      expect(count(new RegExp(`<${tag}[ >]`, 'g')), tag).toBe(count(new RegExp(`</${tag}>`, 'g')));
    }
  });

  test('every figure is there, holds something, and pictures say what they show', () => {
    const html = page(name);
    const drawn = name === 'index' ? html.match(/<div class="cover">/g) : figuresOf(html);
    expect(drawn!.length).toBeGreaterThanOrEqual(name === 'index' ? names.length : 2);
    for (const figure of figuresOf(html)) {
      expect(figure).toMatch(/<svg|<img|<table/);
      // Not gathered at the end: below the code that made it.
      expect(html.indexOf(figure)).toBeLessThan(html.indexOf('<h2>Exercises'));
      expect(figure).toMatch(/<figcaption><b>Figure \d+\.<\/b> \S/);
    }
    for (const [, attributes] of html.matchAll(/<img([^>]*)>/g)) {
      expect(attributes).toMatch(/alt="[^"]{3,}"/);
      expect(attributes).toMatch(/src="data:image\/(png|bmp);base64,[A-Za-z0-9+/=]{100,}"/);
    }
    for (const [, attributes] of html.matchAll(/<svg([^>]*)>/g)) {
      expect(attributes).toMatch(/role="img" aria-label="[^"]{3,}"|aria-hidden="true"/);
    }
  });

  test('no reference is broken, and nothing is loaded from elsewhere', () => {
    const html = whole(name);
    const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id!);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, href] of html.matchAll(/href="([^"]*)"/g)) {
      if (href!.startsWith('#')) expect(ids).toContain(href!.slice(1));
      else if (!/^(https:|data:)/.test(href!)) expect(existsSync(path.join(folder, href!)), href).toBe(true);
    }
    expect(html).not.toMatch(/<(script|img|iframe)[^>]* src="(?!data:)|<link[^>]*stylesheet|@import|url\(/);
    expect(html).toContain("default-src 'none'");
  });
});

test.each(names)(
  '%s asks, and hides its answers; it says how long it takes and what to read next',
  (name) => {
    const html = page(name);
    expect(html.match(/<summary>Answer<\/summary>/g)!.length).toBeGreaterThanOrEqual(2);
    expect(html).toContain('<h2>Read next</h2>');
    expect(/Runs\s+in\s+a/.test(html), 'how long it takes').toBe(true);
    expect(html).toContain('<math');
    expect(html).toContain(`npm run lesson`);
  },
);

/** Matrices of a page by their names, as their alternative texts tell them. */
const matrix = (name: string, title: string) =>
  page(name)
    .match(new RegExp(`aria-label="${title}: ([^"]*)"`))?.[1]
    ?.replaceAll('−', '-');

test('lesson 1 has the lecture’s convolutions', () => {
  const lesson = '01-convolution-by-hand';
  expect(matrix(lesson, 'x')).toBe('1 0 0 0 1 / -1 0 2 1 2 / 1 0 -2 0 -1 / 1 1 0 0 2 / -2 0 3 0 0');
  expect(matrix(lesson, 'k')).toBe('1 0 2 / -1 1 1 / 0 2 1');
  expect(matrix(lesson, 'stride 1')).toBe('2 -1 2 / 2 0 9 / 0 5 -2');
  expect(matrix(lesson, 'stride 2')).toBe('2 2 / 0 -2');
  expect(page(lesson)).toContain('upper right, stride 1: 2    upper right, stride 2: 2');
  expect(matrix(lesson, 'k turned by 180°')).toBe('1 2 0 / 1 1 -1 / 2 0 1');
  expect(matrix(lesson, 'sum over two channels')).toBe('4 -2 4 / 4 0 18 / 0 10 -4');
  expect(matrix(lesson, 'patch')).toBe('200 150 150 / 100 50 100 / 25 25 10');
  expect(matrix(lesson, 'answer')).toBe('65');
  expect(matrix(lesson, 'maximum')).toBe('200');
  expect(matrix(lesson, 'average')).toBe('90');
});

test('lesson 2 has the lecture’s sizes', () => {
  const html = page('02-output-sizes');
  expect(html).toContain('stride 1: 5.');
  expect(html).toContain('stride 2: 3.');
  expect(html).toContain('stride 3: 2.33: does not fit');
  expect(html).toContain('32 → 28 → 24 →');
  expect(html).toContain('32×32×3 → 32×32×10, 760 parameters, 76 for each filter');
  expect(html).toMatch(/<th scope="row">3<\/th><td class="number">1<\/td><td class="number">32</);
  expect(html).toMatch(/<th scope="row">5<\/th><td class="number">2<\/td><td class="number">32</);
  for (const row of ['0 0 1 2 3 4 0 0', '3 2 1 2 3 4 3 2', '1 1 1 2 3 4 4 4', '3 4 1 2 3 4 1 2']) {
    expect(html).toContain(row);
  }
});

test('lesson 3 has the lecture’s counts', () => {
  const html = page('03-parameters-and-multiplications');
  for (const count of [
    '112',
    '456',
    '760',
    '14,450,688',
    '352,800',
    '1,048,576',
    '6,250,000',
    '625,000,000',
  ]) {
    expect(html).toMatch(new RegExp(`[> ]${count}[< ]`));
  }
});

test('lesson 4 has the lecture’s pools, and what a unit sees is what was measured', () => {
  const lesson = '04-pooling-and-receptive-fields';
  expect(matrix(lesson, 'x')).toBe('1 1 2 4 / 5 6 7 8 / 3 2 1 0 / 1 2 3 4');
  expect(matrix(lesson, 'maximum')).toBe('6 8 / 3 4');
  expect(matrix(lesson, 'average')).toBe('3.25 5.25 / 2 2');
  const [, first, last, byFormula, toFormula] =
    /measured: pixels (\d+) to (\d+); by the formula: (\d+) to (\d+)/.exec(page(lesson))!;
  expect([first, last]).toEqual([byFormula, toFormula]);
});

test('lesson 5: both gradients by formula, by hand and by automatic differentiation', () => {
  const lesson = '05-backward-pass';
  expect(matrix(lesson, 'Y')).toBe('165 144 90 / 236 186 108 / 190 144 81');
  for (const suffix of ['', ', automatic']) {
    expect(matrix(lesson, `∂L/∂K${suffix}`)).toBe('45 33 18 / 39 28 15 / 24 17 9');
    expect(matrix(lesson, `∂L/∂X${suffix}`)).toBe('9 17 24 / 15 28 39 / 18 33 45');
  }
  expect(matrix(lesson, 'Tᵀ · G, as a map')).toBe('9 17 24 / 15 28 39 / 18 33 45');
  expect(page(lesson)).toContain('20 random cases: largest difference 0<');
});

test('lesson 6 has the lecture’s nine filters, each on the picture', () => {
  const lesson = '06-filters-as-edge-detectors';
  const kernels = {
    identity: '0 0 0 / 0 1 0 / 0 0 0',
    'diagonal edges': '1 0 -1 / 0 0 0 / -1 0 1',
    laplacian: '0 1 0 / 1 -4 1 / 0 1 0',
    outline: '-1 -1 -1 / -1 8 -1 / -1 -1 -1',
    sharpen: '0 -1 0 / -1 5 -1 / 0 -1 0',
    'box blur': '0.111 0.111 0.111 / 0.111 0.111 0.111 / 0.111 0.111 0.111',
    'gaussian blur': '0.063 0.125 0.063 / 0.125 0.25 0.125 / 0.063 0.125 0.063',
    sobel: '1 0 -1 / 2 0 -2 / 1 0 -1',
    scharr: '3 0 -3 / 10 0 -10 / 3 0 -3',
  };
  for (const [name, kernel] of Object.entries(kernels)) {
    expect(matrix(lesson, name)).toBe(kernel);
    expect(page(lesson)).toMatch(new RegExp(`<img [^>]*alt="${name}"`));
  }
});

test('lesson 7: exact where it should be, and the curves are the measured ones', () => {
  const html = page('07-equivariance-and-invariance');
  expect(html).toContain('largest difference: 0<');
  const row = (name: string) =>
    [...html.matchAll(new RegExp(`${name}</th><td>(\\d)</td><td class="number">([\\d,]+)`, 'g'))].map(
      ([, moved, difference]) => [moved, difference],
    );
  expect(row('filter, continued in a circle')).toEqual([['1', '0']]);
  expect(row('filter and 2×2 pool')[0]).toEqual(['2', '0']);
  expect(row('filter and 2×2 pool')[1]![1]).not.toBe('0');
  expect(row('filter, zeros around the picture')[0]![1]).not.toBe('0');
  expect(html.match(/<polygon class="band/g)).toHaveLength(3);
});

describe('figures that move', () => {
  /** Runs the page's script in a stand-in for a browser, and returns what it draws for `values`. */
  function drawing(name: string, values: Readonly<Record<string, string>>): string {
    const [, script = ''] = /<script>([^]*?)<\/script>/.exec(whole(name)) ?? [];
    const inputs = Object.entries(values).map(([key, value]) => ({ name: key, value, type: 'number' }));
    const form = { hidden: true, querySelectorAll: () => inputs, addEventListener: () => undefined };
    const drawn = { innerHTML: '' };
    const getElementById = (id: string) => (id.endsWith('-inputs') ? form : drawn);
    vm.runInNewContext(script, { document: { getElementById }, btoa });
    expect(form.hidden).toBe(false);
    return drawn.innerHTML;
  }
  const cells = (kernel: string) =>
    Object.fromEntries(kernel.split(' ').map((value, i) => [`cell${i}`, value]));

  test('the window: 9 pixels, window 3, stride 3 fits', () => {
    const drawn = drawing('02-output-sizes', { pixels: '9', window: '3', stride: '3', padding: '0' });
    expect(drawn).toContain('(9 − 3 + 2·0)/3 + 1 = 3. It fits.');
    expect(drawn.match(/class="window"/g)).toHaveLength(3);
    const without = drawing('02-output-sizes', { pixels: '7', window: '3', stride: '3', padding: '0' });
    expect(without).toContain('= 2.33. It does not fit: 2 whole windows.');
    expect(page('02-output-sizes')).toContain(without);
  });

  test('the kernel on numbers: the identity gives the middle of the input', () => {
    const drawn = drawing('01-convolution-by-hand', cells('0 0 0 0 1 0 0 0 0'));
    const shown = [...drawn.matchAll(/>(−?\d+)<\/text>/g)].map(([, text]) => text!.replace('−', '-'));
    expect(shown.join(' ')).toBe('0 2 1 0 -2 0 1 0 0');
  });

  test('the kernel on a picture: as the page opens, the Laplacian', () => {
    const drawn = drawing('06-filters-as-edge-detectors', cells('0 1 0 1 -4 1 0 1 0'));
    expect(page('06-filters-as-edge-detectors')).toContain(drawn);
  });
});

test.each([
  [
    ['output-size'],
    /^Expected one of the lessons 1 to \d+ but got 'output-size'. Did you mean 'output-sizes'\?\n$/,
  ],
  [['99'], /^Expected one of the lessons 1 to \d+ but got '99'. They are 01-.*\n$/],
  [[], /^Expected the number or name of a lesson: 01-.*\n$/],
  [['1', '--nope'], /^Unknown option '--nope'. See --help.\n$/],
])('%j is answered with one line and code 2', (given, answer) => {
  const { status, stderr } = spawnSync(process.execPath, [...command, ...given], { encoding: 'utf8' });
  expect(stderr).toMatch(answer);
  expect(status).toBe(2);
});
