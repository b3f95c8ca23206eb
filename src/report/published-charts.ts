import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ChallengeEntry,
  challengeWinners,
  type PublishedNetwork,
  publishedNetworks,
} from '../models/published.js';
import { makeFolder } from '../runtime/make-folder.js';
import { type Markup, markup } from './markup.js';

const familyColours: Readonly<Record<string, string>> = {
  AlexNet: '#e69f00',
  VGG: '#0072b2',
  Inception: '#009e73',
  ResNet: '#d55e00',
  Small: '#cc79a7',
};

/** Where a label to the right of its bubble would run into a neighbour. */
const labelSides: Readonly<Record<string, 'above' | 'below'>> = {
  GoogLeNet: 'below',
  'ResNet-101': 'above',
  'ResNet-152': 'below',
  'VGG-11': 'below',
  'VGG-13': 'below',
  'VGG-16': 'below',
  'VGG-19': 'below',
};

/** Writes both charts into `folder`, made when missing; returns their paths. */
export async function writePublishedCharts(folder: string): Promise<string[]> {
  const charts = {
    'accuracy-operations.svg': accuracyAgainstOperations(publishedNetworks),
    'ilsvrc-winners.svg': winnersBars(challengeWinners),
  };
  makeFolder(folder);
  const paths = Object.keys(charts).map((name) => join(folder, name));
  await Promise.all(Object.values(charts).map((svg, i) => writeFile(paths[i]!, svg)));
  return paths;
}

/**
 * Accuracy against multiply-adds, a bubble's area growing with the parameters: the chart of Canziani, Paszke &
 * Culurciello, "An Analysis of Deep Neural Network Models for Practical Applications", 2016, figure 2. Returns SVG.
 */
function accuracyAgainstOperations(networks: readonly PublishedNetwork[]): string {
  const size = { width: 900, height: 560 };
  const plot = { left: 70, right: 860, top: 80, bottom: 500 };
  const x = scale([0, 22], [plot.left, plot.right]);
  const y = scale([50, 80], [plot.bottom, plot.top]);
  const families = [...new Set(networks.map((network) => network.family))];
  return page(
    size,
    'ImageNet accuracy against operations',
    'The area of a bubble is the number of parameters',
    markup`${legend(families, plot.right)}
${valueAxis(plot, y, steps(50, 80, 5), 'Top-1 accuracy (%)')}
${steps(0, 22, 2).map(
  (value) =>
    markup`<line class="grid" x1="${x(value)}" x2="${x(value)}" y1="${plot.top}" y2="${plot.bottom}"/><text x="${x(value)}" y="${plot.bottom + 20}" text-anchor="middle">${value}</text>`,
)}
<text class="name" x="${(plot.left + plot.right) / 2}" y="${plot.bottom + 44}" text-anchor="middle">Multiply-adds for one picture (G)</text>
${networks.map((network) => bubble(network, x(network.gigaMultiplyAdds), y(network.top1)))}`,
  );
}

/** The best top-5 errors of the ImageNet challenge, year by year, with the depth of the networks. Returns SVG. */
function winnersBars(entries: readonly ChallengeEntry[]): string {
  const size = { width: 900, height: 480 };
  const plot = { left: 70, right: 870, top: 80, bottom: 420 };
  const y = scale([0, 30], [plot.bottom, plot.top]);
  const slot = (plot.right - plot.left) / entries.length;
  return page(
    size,
    'ImageNet challenge: top-5 error of the best entries',
    'From 2012 on deep networks, with their layers',
    markup`${valueAxis(plot, y, steps(0, 30, 5), 'Top-5 error (%)')}
${entries.map(({ year, title, error, layers }, i) => {
  const centre = plot.left + slot * (i + 0.5);
  const colour = layers === undefined ? '#999999' : '#0072b2';
  return markup`<rect x="${round(centre - 0.3 * slot)}" y="${round(y(error))}" width="${round(0.6 * slot)}" height="${round(plot.bottom - y(error))}" fill="${colour}"/>
<text class="label" x="${round(centre)}" y="${round(y(error) - (layers === undefined ? 6 : 23))}" text-anchor="middle">${error}</text>
${layers !== undefined && markup`<text class="label" x="${round(centre)}" y="${round(y(error) - 6)}" text-anchor="middle">${layers} layers</text>`}
<text class="label" x="${round(centre)}" y="${plot.bottom + 20}" text-anchor="middle">${title}</text><text class="label" x="${round(centre)}" y="${plot.bottom + 38}" text-anchor="middle">${year}</text>`;
})}
<line class="axis" x1="${plot.left}" x2="${plot.right}" y1="${plot.bottom}" y2="${plot.bottom}"/>`,
  );
}

function bubble({ title, family, parameters }: PublishedNetwork, x: number, y: number): Markup {
  const radius = 2.5 * Math.sqrt(parameters / 1e6);
  const side = labelSides[title];
  const [labelX, labelY] = {
    above: [x, y - radius - 6],
    below: [x, y + radius + 16],
    right: [x + radius + 5, y + 4],
  }[side ?? 'right'] as [number, number];
  const millions = (parameters / 1e6).toFixed(parameters < 1e7 ? 1 : 0);
  return markup`<circle cx="${round(x)}" cy="${round(y)}" r="${round(radius)}" fill="${familyColours[family] ?? '#222222'}" fill-opacity=".65"/>
<text x="${round(labelX)}" y="${round(labelY)}" text-anchor="${side ? 'middle' : 'start'}">${title}, ${millions} M</text>
`;
}

function legend(families: readonly string[], right: number): Markup {
  const width = 90;
  const left = right - width * families.length;
  return markup`${families.map(
    (family, i) =>
      markup`<circle cx="${left + width * i}" cy="50" r="6" fill="${familyColours[family] ?? '#222222'}"/><text class="label" x="${left + width * i + 12}" y="54">${family}</text>`,
  )}`;
}

interface Plot {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Lines and numbers of a value that grows upwards, and its name on its side. */
function valueAxis(
  { left, right, top, bottom }: Plot,
  y: (value: number) => number,
  values: readonly number[],
  name: string,
): Markup {
  const middle = (top + bottom) / 2;
  return markup`${values.map(
    (value) =>
      markup`<line class="grid" x1="${left}" x2="${right}" y1="${round(y(value))}" y2="${round(y(value))}"/><text x="${left - 8}" y="${round(y(value) + 4)}" text-anchor="end">${value}</text>`,
  )}
<text class="name" x="${left - 42}" y="${middle}" text-anchor="middle" transform="rotate(-90 ${left - 42} ${middle})">${name}</text>`;
}

function page(
  { width, height }: { readonly width: number; readonly height: number },
  title: string,
  subtitle: string,
  content: Markup,
): string {
  return markup`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">
<style>text{font:12px Helvetica,Arial,sans-serif;fill:#222}.title{font-size:18px;font-weight:bold}.name,.label{font-size:13px}.grid{stroke:#ddd}.axis{stroke:#222}</style>
<rect width="${width}" height="${height}" fill="#fff"/>
<text class="title" x="20" y="32">${title}</text><text class="label" x="20" y="54">${subtitle}</text>
${content}</svg>
`.markup;
}

function scale([from, to]: readonly [number, number], [start, end]: readonly [number, number]) {
  return (value: number) => start + ((end - start) * (value - from)) / (to - from);
}

function steps(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.round((to - from) / step) + 1 }, (_, i) => from + step * i);
}

function round(value: number): number {
  return Math.round(10 * value) / 10;
}
