/**
 * How far may a digit be moved, turned or scaled before LeNet-5 no longer reads it?
 *
 *     npx tsx scripts/lenet-invariance.ts --data DIR [--digits N] [--out DIR]
 *
 * Takes the shipped checkpoint and the first N test digits of MNIST in DIR; writes invariance.csv and invariance.svg.
 */
import fs from 'node:fs';
import path from 'node:path';
import { type IdxArray, idxFolder } from '../src/data/idx.js';
import { wilsonInterval } from '../src/evaluation/intervals.js';
import { loadRun } from '../src/runs/classifier.js';
import { csv } from '../src/formats/csv.js';
import { UserError } from '../src/runtime/errors.js';
import { scriptArguments } from './helpers/arguments.js';

const checkpoint = 'checkpoints/lenet5-mnist';
const { values: given } = scriptArguments(import.meta.url, {
  options: {
    data: { type: 'string' },
    digits: { type: 'string', default: '2000' },
    out: { type: 'string', default: checkpoint },
  },
});
const mnist = given.data ? await idxFolder(given.data) : undefined;
if (!mnist) {
  throw new UserError('Expected --data DIR with the idx files of MNIST.');
}
const { images, labels } = mnist.test;
const count = Math.min(Number(given.digits), labels.data.length);

// ── 1. Three ways to change a digit ──────────────────────────────────────────────────────────────────────────────
//
// Every pixel of the 32×32 field asks where in the 28×28 picture it comes from (both measured from their middles) and
// takes the value there, linearly between the four nearest pixels.

type Point = readonly [x: number, y: number];
type Origin = (x: number, y: number) => Point;

const moved =
  (pixels: number): Origin =>
  (x, y) => [x - pixels, y];

const turned = (degrees: number): Origin => {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return (x, y) => [cos * x + sin * y, cos * y - sin * x];
};

const scaled =
  (factor: number): Origin =>
  (x, y) => [x / factor, y / factor];

const side = 32;

function changed(from: IdxArray, digits: number, origin: Origin): Uint8Array {
  const [, height, width] = from.shape as [number, number, number];
  const pixels = new Uint8Array(digits * side * side);
  const at = (digit: number, row: number, column: number) =>
    row < 0 || column < 0 || row >= height || column >= width
      ? 0
      : from.data[(digit * height + row) * width + column]!;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const [x, y] = origin(column - (side - 1) / 2, row - (side - 1) / 2);
      const [sourceX, sourceY] = [x + (width - 1) / 2, y + (height - 1) / 2];
      const [left, top] = [Math.floor(sourceX), Math.floor(sourceY)];
      const [right, down] = [sourceX - left, sourceY - top];
      for (let digit = 0; digit < digits; digit++) {
        const upper = at(digit, top, left) * (1 - right) + at(digit, top, left + 1) * right;
        const lower = at(digit, top + 1, left) * (1 - right) + at(digit, top + 1, left + 1) * right;
        pixels[(digit * side + row) * side + column] = Math.round(upper * (1 - down) + lower * down);
      }
    }
  }
  return pixels;
}

// ── 2. The curves ────────────────────────────────────────────────────────────────────────────────────────────────

const steps = (from: number, to: number, step: number) =>
  Array.from({ length: Math.round((to - from) / step) + 1 }, (_, i) => Number((from + i * step).toFixed(6)));

const changes = [
  { name: 'moved', unit: 'pixels to the right', amounts: steps(-10, 10, 1), origin: moved },
  { name: 'turned', unit: 'degrees clockwise', amounts: steps(-90, 90, 10), origin: turned },
  { name: 'scaled', unit: 'times the size', amounts: steps(0.4, 1.6, 0.1), origin: scaled },
];

const classifier = await loadRun(checkpoint);
const curves = changes.map((change) => {
  console.log(`\n${change.name} (${change.unit})`);
  const points = change.amounts.map((amount) => {
    const rows = classifier.probabilities(changed(images, count, change.origin(amount)), count);
    const right = rows.filter((row, i) => row.indexOf(Math.max(...row)) === labels.data[i]).length;
    console.log(`  ${String(amount).padStart(5)}  ${((100 * right) / count).toFixed(1).padStart(5)} %`);
    return { amount, accuracy: right / count, ...wilsonInterval(right, count) };
  });
  return { ...change, points };
});
classifier.dispose();

// ── 3. On paper ──────────────────────────────────────────────────────────────────────────────────────────────────

const rows = curves.flatMap(({ name, unit, points }) =>
  points.map(({ amount, accuracy, low, high }) => [
    name,
    unit,
    amount,
    accuracy,
    low.toFixed(4),
    high.toFixed(4),
  ]),
);
const header = ['change', 'unit', 'amount', 'accuracy', 'ci95_low', 'ci95_high'];
fs.mkdirSync(given.out, { recursive: true });
fs.writeFileSync(path.join(given.out, 'invariance.csv'), csv([header, ...rows]));
fs.writeFileSync(path.join(given.out, 'invariance.svg'), drawing());
console.log(`\nWritten to ${given.out}: invariance.csv, invariance.svg (${count} digits a point).`);

function drawing(): string {
  const [width, height, gap] = [250, 180, 60];
  const panels = curves.map(({ name, unit, points }, i) => {
    const [first, last] = [points[0]!.amount, points.at(-1)!.amount];
    const x = (amount: number) => ((width * (amount - first)) / (last - first)).toFixed(1);
    const y = (share: number) => (height * (1 - share)).toFixed(1);
    const band = [
      ...points.map((p) => `${x(p.amount)},${y(p.high)}`),
      ...[...points].reverse().map((p) => `${x(p.amount)},${y(p.low)}`),
    ].join(' ');
    const line = points.map((p) => `${x(p.amount)},${y(p.accuracy)}`).join(' ');
    const grid = [0, 0.25, 0.5, 0.75, 1].map(
      (share) =>
        `<path d="M0 ${y(share)}H${width}" stroke="#ddd"/><text x="-6" y="${y(share)}" dy=".35em" text-anchor="end">${100 * share} %</text>`,
    );
    const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
      const amount = first + share * (last - first);
      const text = String(Number(amount.toFixed(2))).replace('-', '−');
      return `<text x="${x(amount)}" y="${height + 16}" text-anchor="middle">${text}</text>`;
    });
    return (
      `<g transform="translate(${50 + i * (width + gap)} 30)">${grid.join('')}${ticks.join('')}` +
      `<polygon points="${band}" fill="#2166ac" opacity=".2"/><polyline points="${line}" fill="none" stroke="#2166ac" stroke-width="2"/>` +
      `<text x="${width / 2}" y="-12" text-anchor="middle" font-weight="bold">${name}</text>` +
      `<text x="${width / 2}" y="${height + 34}" text-anchor="middle">${unit}</text></g>`
    );
  });
  const total = 50 + 3 * (width + gap) - gap + 20;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${total} ${height + 75}" font-family="sans-serif" font-size="12" role="img" aria-label="Accuracy of LeNet-5 on moved, turned and scaled digits">` +
    `<rect width="100%" height="100%" fill="white"/>${panels.join('')}</svg>\n`
  );
}
