import { describe, expect, test } from 'vitest';
import { madeUpRun } from '../../test/helpers/made-up-run.js';
import { measure } from '../evaluation/metrics.js';
import { confusionChart } from './confusion-chart.js';
import { escapeMarkup, markup, trusted } from './markup.js';
import { reportPage } from './page.js';
import { summaryText } from './run-summary.js';

/** Elements that HTML never closes; in SVG the page closes them itself. */
const empty = new Set(['meta', 'link', 'img', 'wbr', 'br', '!doctype']);

/** Checks that tags nest and that attributes are quoted; gives back the names of the elements. */
function elementsOf(page: string): string[] {
  const names: string[] = [];
  const open: string[] = [];
  const withoutStyle = page.replace(/(<style>)[^<]*(?=<\/style>)/g, '$1');
  const tag =
    /<(\/?)([a-z!][a-z0-9]*)((?:\s+[a-z][a-z0-9:-]*(?:="[^"<]*")?)*)\s*(\/?)>|<|&(?!(?:amp|lt|gt|quot|#39);)/gi;
  for (const [text, closing, name, , selfClosing] of withoutStyle.matchAll(tag)) {
    if (name === undefined) throw new Error(`stray '${text}' within ${open.join(' > ')}`);
    if (closing) expect(open.pop(), `what </${name}> closes`).toBe(name);
    else {
      names.push(name.toLowerCase());
      if (!selfClosing && !empty.has(name.toLowerCase())) open.push(name);
    }
  }
  expect(open).toEqual([]);
  return names;
}

const jpeg = Buffer.from('not really a picture');
const odd = [
  '</td><script>alert(1)</script>',
  '"quoted" & \'single\'',
  '猫',
  'é'.repeat(300),
  '10',
  '__proto__',
  'a\u0001b',
];

describe('report page', () => {
  test.each([
    ['two classes', madeUpRun({ labels: ['ants', 'bees'], perClass: 70, accuracy: 0.93, baseline: 0.6 })],
    ['seven classes', madeUpRun({ labels: [...'abcdefg'], perClass: 30, accuracy: 0.9, baseline: 0.3 })],
    [
      '120 classes',
      madeUpRun({ labels: Array.from({ length: 120 }, (_, i) => `class ${i}`), perClass: 5, accuracy: 0.7 }),
    ],
    ['no baseline and no mistakes', madeUpRun({ labels: ['circle', 'square'], perClass: 20, accuracy: 1 })],
    [
      'odd names',
      madeUpRun({
        labels: odd,
        perClass: 6,
        accuracy: 0.6,
        baseline: 0.2,
        path: (label, i) => `test/<b>${label}"${i}.jpg`,
      }),
    ],
  ])('%s: whole, safe and self-contained', async (_, run) => {
    const hostile = '<img src=x onerror=alert(1)>';
    const page = await reportPage({
      ...run,
      name: hostile,
      command: `finetune --data '${hostile}'`,
      splitDescription: hostile,
      warnings: [hostile],
      skipped: [{ path: hostile, reason: hostile }],
      leaks: [{ trained: hostile, heldOut: hostile, kind: 'cropped' }],
      dropped: [{ path: hostile, like: hostile }],
      config: { ...run.config, [hostile]: hostile },
      thumbnail: async () => jpeg,
    });
    const elements = elementsOf(page);
    expect(elements).not.toContain('script');
    expect(page).not.toContain('<img src=x');
    expect(page).not.toMatch(/(?:src|href)="(?!data:)/);
    expect(page).not.toMatch(/url\(|@import/);
    expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:\/\//);
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
    expect(page.length).toBeLessThan(1_500_000);
    for (const image of page.matchAll(/<img[^>]*>/g)) expect(image[0]).toMatch(/ alt="[^"]+"/);
  });

  test('the first sentence is the verdict', async () => {
    const run = madeUpRun({ labels: ['ants', 'bees'], perClass: 76, accuracy: 0.93, baseline: 0.6 });
    const { accuracy } = run.transferred.test;
    const page = await reportPage(run);
    const headline = /<h1>(.*?)<\/h1>/.exec(page)![1]!;
    expect(headline.replaceAll('\u00A0', ' ')).toBe(
      `VGG-16 transferred gets ${(100 * accuracy).toFixed(1)} % of 152 held-out pictures right`,
    );
  });

  test('the hardest class comes first, and only 24 mistakes are shown', async () => {
    const page = await reportPage(madeUpRun({ labels: [...'abcdefgh'], perClass: 50, accuracy: 0.6 }));
    const table = page.slice(page.indexOf('class="classes"'));
    const shares = [...table.matchAll(/<\/th>\s*<td class="number">([\d.]+)/g)].map(([, share]) =>
      Number(share),
    );
    expect(shares).toHaveLength(8);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(page.match(/class="missing"/g)).toHaveLength(24);
  });

  test('heavy thumbnails are left out rather than a page that no mail takes', async () => {
    const run = madeUpRun({ labels: [...'abcdefgh'], perClass: 50, accuracy: 0.6 });
    const page = await reportPage({ ...run, thumbnail: async () => Buffer.alloc(200_000) });
    expect(page.match(/<img/g)).toHaveLength(4);
    expect(page.length).toBeLessThan(1_500_000);
  });

  test('a GPU that was there and not used cannot be missed', async () => {
    const run = madeUpRun({ labels: ['a', 'b'], perClass: 20, accuracy: 0.9 });
    const device = { ...run.device, gpuPresent: true, reason: 'no NVIDIA driver runs it' };
    expect(await reportPage({ ...run, device })).toContain(
      'has a GPU (NVIDIA) but TensorFlow is NOT using it: no NVIDIA driver',
    );
    expect(await reportPage(run)).not.toContain('has a GPU');
  });

  test('pictures on both sides of the split are shown in pairs, and not all of many', async () => {
    const run = madeUpRun({ labels: ['a', 'b'], perClass: 20, accuracy: 1 });
    const leaks = Array.from({ length: 9 }, (_, i) => ({
      trained: `train/${i}`,
      heldOut: `test/${i}`,
      kind: 'mirrored' as const,
    }));
    const dropped = [{ path: 'train/twice', like: 'test/once' }, { path: 'train/both' }];
    const page = await reportPage({ ...run, leaks, dropped, thumbnail: async () => jpeg });
    expect(page.match(/<img/g)).toHaveLength(12);
    expect(page).toContain('<b>mirrored</b>');
    expect(page).toContain('More held-out pictures that show a photograph which trained or chose (3)');
    expect(page).toContain('Copies that were left out (2)');
  });

  test('a run of one epoch, and of none', async () => {
    const run = madeUpRun({ labels: ['a', 'b'], perClass: 20, accuracy: 0.9 });
    const history = run.transferred.history.slice(0, 1);
    elementsOf(await reportPage({ ...run, transferred: { ...run.transferred, history } }));
    const without = await reportPage({ ...run, transferred: { ...run.transferred, history: [] } });
    expect(without).not.toContain('epoch by epoch');
  });

  test('uneven classes: says what equally frequent ones would give', async () => {
    const run = madeUpRun({ labels: ['a', 'b'], perClass: 40, accuracy: 0.9 });
    const predictions = Array.from({ length: 100 }, (_, i) => ({
      path: `${i}`,
      label: i < 90 ? 0 : 1,
      probabilities: [0.9, 0.1],
    }));
    const transferred = { ...run.transferred, predictions, test: measure(predictions, ['a', 'b']) };
    const page = (await reportPage({ ...run, transferred })).replaceAll('\u00A0', ' ');
    expect(page).toContain('Were all classes equally frequent, it would be 50.0 %');
    expect(page).toContain('always answering the most frequent class, 90.0 %');
  });
});

describe('confusion chart', () => {
  test('is a whole SVG that stands alone', () => {
    const { markup: svg } = confusionChart(
      [
        [3, 1],
        [0, 4],
      ],
      ['<ants>', 'bees'],
    );
    elementsOf(svg);
    expect(svg).toContain('xmlns="http://www.w3.org/2000/svg"');
    expect(svg).toContain('&lt;ants&gt;, taken for bees: 1 of 4');
    expect(svg).toContain('7 of 8 pictures on the diagonal');
  });

  test('of many classes the hardest are shown, and no picture is lost', () => {
    const classes = 100;
    const counts = Array.from({ length: classes }, (_, i) =>
      Array.from({ length: classes }, (_, j) => (i === j ? 10 : i === 50 && j === 51 ? 7 : 0)),
    );
    const { markup: svg } = confusionChart(
      counts,
      counts.map((_, i) => `class ${i}`),
    );
    expect(svg).toContain('class 50, taken for class 51: 7 of 17');
    expect(svg).toContain('the 70 others, taken for the 70 others: 700 of 700');
  });
});

describe('markup', () => {
  test('escapes all but markup', () => {
    const inner = markup`<b>${'<i>'}</b>`;
    expect(markup`${inner}${['&', 1, undefined, false]}${trusted('<hr/>')}`.markup).toBe(
      '<b>&lt;i&gt;</b>&amp;1<hr/>',
    );
  });

  test('leaves out what XML has no place for', () => {
    expect(escapeMarkup('a\u0000\u001B\uD800b\tc\n😀')).toBe('a\uFFFD\uFFFD\uFFFDb\tc\n😀');
  });
});

describe('summary', () => {
  test('both networks in a table of at most 80 columns', () => {
    const run = madeUpRun({ labels: [...'abcdefg'], perClass: 100, accuracy: 0.96, baseline: 0.3 });
    const lines = summaryText(run).split('\n');
    expect(lines[0]).toMatch(/^ +accuracy +95 % interval +trainable parameters +time$/);
    expect(lines[1]).toMatch(/^VGG-16 transferred +9\d\.\d % +[\d.]+ to [\d.]+ % +3,591 +1 min 36 s$/);
    expect(lines[2]).toMatch(/^LeNet-5 from scratch +\d+\.\d % /);
    for (const line of lines.slice(0, 3)) expect(line.length).toBeLessThanOrEqual(80);
    expect(summaryText(run)).toMatch(
      /Transfer brings [\d.]+ points more \(95 % interval .*; McNemar p < 0\.0001\)/,
    );
  });

  test('equals are not told apart', () => {
    const run = madeUpRun({ labels: ['a', 'b'], perClass: 10, accuracy: 0.8, baseline: 0.8 });
    expect(summaryText(run)).toContain('Transfer makes no difference that can be told from chance');
  });
});

describe('what a person could misread is explained', () => {
  const early = madeUpRun({ labels: ['ants', 'bees'], perClass: 70, accuracy: 0.93 });
  const history = early.transferred.history.map((record) => ({
    ...record,
    validationLoss: record.epoch,
    validationAccuracy: 0.9,
  }));

  test('a lowest loss at the first epoch', async () => {
    const page = await reportPage({ ...early, transferred: { ...early.transferred, history } });
    expect(page).toContain('the lowest loss is at epoch 1 of');
    expect(page).toContain('no less often right, only surer');
  });

  test('one epoch is one epoch', async () => {
    const page = await reportPage({
      ...early,
      transferred: { ...early.transferred, history: history.slice(0, 1) },
    });
    expect(page).toContain('after 1 epoch ');
    expect(page).not.toContain('1 epochs');
  });

  test('a wide confusion matrix is reached by keyboard', async () => {
    expect(await reportPage(early)).toContain('<div class="scroll" tabindex="0" role="region"');
  });

  test('names of networks are whole on the screen', () => {
    const title = 'EfficientNet-lite0 transferred, from blocks_6 on';
    expect(summaryText({ ...early, transferred: { ...early.transferred, title } })).toContain(title);
  });
});
