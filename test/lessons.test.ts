/** Every lesson is run once, as a reader runs them, and its page is looked at. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import vm from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { topics } from '../lessons/page/topics.js';
import { modelNames } from '../src/models/registry.js';

const names = readdirSync('lessons')
  .filter((name) => /^\d\d-.*\.ts$/.test(name))
  .map((name) => name.replace('.ts', ''));

let folder: string;
let printed: string;
const shared = process.env['FINETUNE_SHARED'];
/** Without shared data the lessons draw their own pictures and show what is shipped. */
const environment = { ...process.env, ...(shared && { FINETUNE_ZOO: path.join(shared, 'weights') }) };

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'finetune-lessons-'));
  printed = execFileSync(process.execPath, [...command, '--all', '--quick', '--out', folder], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: environment,
  });
}, 900_000);
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
    expect(/[Rr]uns\s+in\s+(a|about|half|one|two|three)\b/.test(html), 'how long it takes').toBe(true);
    expect(html).toContain('<math');
    expect(html).toContain(`npm run lesson`);
  },
);

test.each(topics.flatMap(({ figures }) => [...figures]))(
  'the index leads to %s, which is in lesson %i',
  (what, lesson, words) => {
    const name = names.find((one) => Number.parseInt(one) === lesson)!;
    expect(page('index')).toContain(`<a href="${name}.html">${what}</a>`);
    expect(page(name).replace(/\s+/g, ' ').replaceAll('’', "'").replaceAll('&#39;', "'")).toContain(
      words.replaceAll('’', "'"),
    );
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
    [
      ...html.matchAll(
        new RegExp(`${name}</th><td class="number">(\\d)</td><td class="number">([\\d,]+)`, 'g'),
      ),
    ].map(([, moved, difference]) => [moved, difference]);
  expect(row('filter, continued in a circle')).toEqual([['1', '0']]);
  expect(row('filter and 2×2 pool')[0]).toEqual(['2', '0']);
  expect(row('filter and 2×2 pool')[1]![1]).not.toBe('0');
  expect(row('filter, zeros around the picture')[0]![1]).not.toBe('0');
  expect(html.match(/<polygon class="band/g)).toHaveLength(3);
});

/** A figure's cells, line by line, and every printed line, as text. */
const textOf = (html: string) =>
  html
    .replace(/<(style|svg|math)[^]*?<\/\1>/g, '')
    .replace(/<\/(tr|pre|p)>/g, '\n')
    .replace(/<[^>]+>/g, ' ')
    .replace(/&#39;/g, "'")
    .replace(/ +/g, ' ');
const lines = (name: string) => figuresOf(page(name)).map(textOf).join('\n') + printedOf(name);
const printedOf = (name: string) =>
  (page(name).match(/<pre class="printed">[^<]*/g) ?? []).map(textOf).join('\n');
const blocks = (name: string) =>
  [...page(name).matchAll(/<div class="map"><svg[^>]*aria-label="([^"]*)"/g)].map(([, label]) => label);

test('lesson 8 has LeNet-5’s maps, both counts and the errors', () => {
  const lesson = '08-lenet-5';
  expect(blocks(lesson)).toEqual([
    'input: 32×32×1',
    'C1: 28×28×6',
    'S2: 14×14×6',
    'C3: 10×10×16',
    'S4: 5×5×16',
    'C5: 1×1×120',
    'F6: 84',
    'output: 10',
  ]);
  const text = lines(lesson);
  for (const row of [
    'C3 10×10×16 2,416 1,516',
    'C5, F6 and output 59,134 58,284',
    'in all 61,706 60,000',
    'the paper, 20 passes 0.95',
    'today’s form, 20 epochs 0.68 0.54 to 0.86',
    '60 of 96 connections',
  ]) {
    expect(text).toContain(row);
  }
  for (const round of ['1,500', '60,000', '61,500']) expect(text).toContain(round);
});

test('lesson 9 has AlexNet layer by layer, and the winners', () => {
  const text = lines('09-alexnet');
  for (const row of [
    '355×355 10×10×256 5×5×4096 5×5×1000 4.23',
    'conv1 55×55×96 34,848 96 34,944',
    'pool1 27×27×96',
    'conv2 27×27×256 614,400 256 614,656',
    'pool2 13×13×256',
    'conv3 13×13×384 884,736 384 885,120',
    'conv4 13×13×384 1,327,104 384 1,327,488',
    'conv5 13×13×256 884,736 256 884,992',
    'pool5 6×6×256',
    'fc6 4096 37,748,736 4,096 37,752,832',
    'fc7 4096 16,777,216 4,096 16,781,312',
    'fc8 1000 4,096,000 1,000 4,097,000',
    'convolutions 3,747,200',
    'fully connected 58,631,144',
    'in all 62,378,344',
    '60,965,224',
    '3 and 57 million',
  ]) {
    expect(text).toContain(row);
  }
  expect(blocks('09-alexnet')[0]).toBe('input: 227×227×3');
});

test.each(['09-alexnet', '13-accuracy-and-operations'])('%s has the winners of ILSVRC', (name) => {
  const text = lines(name);
  for (const row of [
    /2010 \S+ [a-z ]+ 28\.2/,
    /2011 \S+ [a-z ]+ 25\.8/,
    '2012 AlexNet 8 16.4',
    /2013 \S+ 8 11\.7/,
    '2014 VGG 19 7.3',
    '2014 GoogLeNet 22 6.7',
    '2015 ResNet 152 3.57',
  ]) {
    expect(text).toMatch(row);
  }
});

test('lesson 10 has VGG’s configurations, its memory and its weights', () => {
  const text = lines('10-vgg');
  for (const row of [
    'A CP CP CCP CCP CCP FFS 133',
    'A-LRN CP CP CCP CCP CCP FFS 133',
    'B CCP CCP CCP CCP CCP FFS 133',
    'C, with 1×1 CCP CCP CCCP CCCP CCCP FFS 134',
    'D = VGG-16 CCP CCP CCCP CCCP CCCP FFS 138',
    'E = VGG-19 CCP CCP CCCCP CCCCP CCCCP FFS 144',
    'input 224×224×3 151K 150,528',
    'block1_conv1 224×224×64 3.2M 3,211,264 1,728',
    'block1_conv2 224×224×64 3.2M 3,211,264 36,864',
    'block1_pool 112×112×64 803K',
    'block2_conv1 112×112×128 1.6M 1,605,632 73,728',
    'block2_conv2 112×112×128 1.6M 1,605,632 147,456',
    'block2_pool 56×56×128 401K',
    'block3_conv1 56×56×256 803K 802,816 294,912',
    'block3_conv3 56×56×256 803K 802,816 589,824',
    'block3_pool 28×28×256 201K',
    'block4_conv1 28×28×512 401K 401,408 1,179,648',
    'block4_conv3 28×28×512 401K 401,408 2,359,296',
    'block4_pool 14×14×512 100K',
    'block5_conv3 14×14×512 100K 100,352 2,359,296',
    'block5_pool 7×7×512 25K',
    'fc1 4096 4K 4,096 102,760,448',
    'fc2 4096 4K 4,096 16,777,216',
    'predictions 1000 1K 1,000 4,096,000',
  ]) {
    expect(text).toContain(row);
  }
});

test('lesson 11 has the Inception module and 22 layers', () => {
  const html = page('11-googlenet');
  expect(html).toContain('1×1; 1×1 then 3×3; 1×1 then 5×5; 3×3 pool then 1×1');
  expect(lines('11-googlenet')).toContain('6,998,552');
  expect(html).toContain('GoogLeNet, 22 layers');
});

test('lesson 12 has the family, plain beside residual, and 20 against 56 layers', () => {
  const text = lines('12-resnet');
  for (const layers of [18, 34, 50, 101, 152]) expect(text).toContain(`ResNet-${layers} ${layers} `);
  expect(text).toContain('Plain-34');
  expect(text).toContain('plain 0.058 1.40 1.253 40.37');
  expect(page('12-resnet')).toContain('F(x) + x');
});

test('lesson 13 counts as published, and says where the operations are', () => {
  const text = lines('13-accuracy-and-operations');
  expect(text).toContain('VGG-16 15.470 15.470 138,357,544 138,357,544');
  expect(text).toMatch(/98 % or more in \d+ of \d+ networks/);
  // Every network's share stands there, not the lowest alone.
  for (const name of modelNames()) expect(text).toMatch(new RegExp(`^ *${name} [\\d.]+ *$`, 'm'));
  const html = page('13-accuracy-and-operations');
  for (const direction of ['pruning', 'architecture search', 'evolution']) expect(html).toContain(direction);
});

test('lesson 14: six files, one network', () => {
  const text = lines('14-model-zoos');
  for (const world of ['Caffe', 'Keras', 'PyTorch', 'TensorFlow', 'TensorFlow.js', 'ONNX']) {
    expect(text).toMatch(new RegExp(`${world} 0\\.99\\d+ 0 c29ebc00c579`));
  }
  for (const zoo of ['Theano', 'Torch']) expect(page('14-model-zoos')).toContain(zoo);
});

test('lesson 15: the shipped curve, and one measured where there are weights', () => {
  const text = lines('15-transfer-learning');
  expect(text).toContain('3 76.2 (73.8 to 78.7) 76.3 (73.8 to 78.8) 18.6 (18.2 to 18.9) 74.5 (72.1 to 76.9)');
  const charts = page('15-transfer-learning').match(/<svg class="chart"/g)!;
  // Weights may also lie in the cache.
  if (shared) expect(charts).toHaveLength(2);
});

test('lesson 16: fields and, where there are weights, filters, maps and patches of three layers', () => {
  const lesson = '16-what-layers-see';
  const text = lines(lesson);
  expect(text).toContain('conv1_1 224×224×64 3 1');
  expect(text).toContain('conv3_2 56×56×256 32 4');
  expect(text).toContain('conv5_3 14×14×512 196 16');
  if (!shared) return;
  expect(page(lesson).match(/alt="channel \d+"/g)).toHaveLength(18);
  expect(page(lesson).match(/alt="unit \d+, \d\."/g)).toHaveLength(54);
});

test('lesson 17: figures for rankings, Gram matrices, and every use that the lecture names', () => {
  const lesson = '17-retrieval-and-style';
  const text = lines(lesson);
  expect(text).toContain('ranks 1, 3, 4: 0.8056');
  expect(matrix(lesson, 'G')).toBe('5 1 / 1 2');
  expect(matrix(lesson, 'G of the moved')).toBe('5 1 / 1 2');
  expect(matrix(lesson, 'G of that')).toBe('5 0 / 0 2');
  for (const use of ['classification', 'retrieval', 'style', 'captioning', 'detection', 'segmentation']) {
    expect(text).toMatch(new RegExp(`^ *${use}`, 'm'));
  }
  expect(text).toContain('24×40×512');
  if (!shared) return;
  const precision = (vectors: string) => Number(new RegExp(`${vectors} \\d+ ([\\d.]+) \\(`).exec(text)![1]);
  expect(precision('fire9')).toBeGreaterThan(precision('pixels') + 10);
  expect(page(lesson).match(/alt="\d\. [✓✗] /g)).toHaveLength(10);
  expect(page(lesson).match(/alt="w = \d+"/g)).toHaveLength(3);
  // Each weight of style lowers the loss, also in the few steps of a test.
  const ends = [...text.matchAll(/^ *(?:1|5|50) ([\d.]+) ([\d.]+) [\d.]+ [\d.]+ [\d.]+ *$/gm)];
  expect(ends).toHaveLength(3);
  for (const [, first, last] of ends) expect(Number(last)).toBeLessThan(Number(first));
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
    // The input's 25 numbers stand first.
    expect(shown.slice(25).join(' ')).toBe('0 2 1 0 -2 0 1 0 0');
  });

  test('the digit: unmoved it is as the page opens, and far away it is no 5', () => {
    const name = '07-equivariance-and-invariance';
    expect(page(name)).toContain(drawing(name, { across: '0', down: '0' }));
    expect(drawing(name, { across: '0', down: '0' })).toContain('The network reads 5');
    expect(drawing(name, { across: '10', down: '10' })).not.toContain('The network reads 5');
  });

  test('the bottleneck: 16 channels make it 9.7 times cheaper, 200 dearer', () => {
    expect(drawing('11-googlenet', { width: '16' })).toContain('9.7 times cheaper');
    expect(drawing('11-googlenet', { width: '200' })).toContain('times dearer');
  });

  test('the picture: twice the side is four times the work and the same parameters', () => {
    const drawn = drawing('10-vgg', { side: '14' });
    expect(drawn).toContain('448×448 pixels: 4 times');
    expect(drawn).toContain('parameters: 14.7 M');
  });

  test('the kernel on a picture: as the page opens, the Laplacian', () => {
    const drawn = drawing('06-filters-as-edge-detectors', cells('0 1 0 1 -4 1 0 1 0'));
    expect(page('06-filters-as-edge-detectors')).toContain(drawn);
  });
});

test.each([
  [
    ['8', '--data', 'nowhere'],
    /^Expected a folder of data sets at 'nowhere' but nothing is there: check the path.\n$/,
  ],
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
