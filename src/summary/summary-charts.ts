import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as echarts from 'echarts';
import {
  type ChallengeEntry,
  challengeWinners,
  type PublishedNetwork,
  publishedNetworks,
} from '../models/published.js';

const font = 'Helvetica, Arial, sans-serif';
const ink = '#222222';
const faint = '#dddddd';
const familyColours: Record<string, string> = {
  AlexNet: '#e69f00',
  VGG: '#0072b2',
  Inception: '#009e73',
  ResNet: '#d55e00',
  Small: '#cc79a7',
};

/** Where a label to the right of its bubble would run into a neighbour. */
const labelSides: Record<string, 'top' | 'bottom'> = {
  GoogLeNet: 'bottom',
  'ResNet-101': 'top',
  'ResNet-152': 'bottom',
  'VGG-11': 'bottom',
  'VGG-13': 'bottom',
  'VGG-16': 'bottom',
  'VGG-19': 'bottom',
};

/** Writes both charts into `folder`, made when missing; returns their paths. */
export async function writePublishedCharts(folder: string): Promise<string[]> {
  const charts = {
    'accuracy-operations.svg': accuracyAgainstOperations(publishedNetworks),
    'ilsvrc-winners.svg': winnersBars(challengeWinners),
  };
  await mkdir(folder, { recursive: true });
  const paths = Object.keys(charts).map((name) => join(folder, name));
  await Promise.all(Object.values(charts).map((svg, i) => writeFile(paths[i]!, svg)));
  return paths;
}

/**
 * Accuracy against multiply-adds, a bubble's area growing with the parameters: the chart of Canziani, Paszke &
 * Culurciello, "An Analysis of Deep Neural Network Models for Practical Applications", 2016, figure 2. Returns SVG.
 */
export function accuracyAgainstOperations(networks: readonly PublishedNetwork[]): string {
  const families = [...new Set(networks.map((network) => network.family))];
  return render(900, 560, {
    title: titled('ImageNet accuracy against operations', 'The area of a bubble is the number of parameters'),
    legend: {
      data: families,
      right: 40,
      top: 20,
      itemGap: 18,
      itemWidth: 12,
      itemHeight: 12,
      textStyle: text(13),
    },
    grid: { left: 70, right: 40, top: 80, bottom: 60 },
    xAxis: { ...axis('Multiply-adds for one picture (G)', 34), min: 0, max: 22, interval: 2 },
    yAxis: { ...axis('Top-1 accuracy (%)', 42), min: 50, max: 80, interval: 5 },
    series: families.map((family) => ({
      name: family,
      type: 'scatter',
      color: familyColours[family] ?? ink,
      data: networks
        .filter((network) => network.family === family)
        .map((network) => ({
          value: [network.gigaMultiplyAdds, network.top1],
          symbolSize: bubbleDiameter(network.parameters),
          itemStyle: { opacity: 0.65 },
          label: {
            show: true,
            position: labelSides[network.title] ?? 'right',
            distance: 5,
            opacity: 1,
            formatter: `${network.title}, ${(network.parameters / 1e6).toFixed(network.parameters < 1e7 ? 1 : 0)} M`,
            ...text(12),
          },
        })),
    })),
  });
}

/** The best top-5 errors of the ImageNet challenge, year by year, with the depth of the networks. Returns SVG. */
export function winnersBars(entries: readonly ChallengeEntry[]): string {
  return render(900, 480, {
    title: titled(
      'ImageNet challenge: top-5 error of the best entries',
      'From 2012 on deep networks, with their layers',
    ),
    grid: { left: 70, right: 30, top: 80, bottom: 60 },
    xAxis: {
      type: 'category',
      data: entries.map(({ year, title }) => `${title}\n${year}`),
      axisLabel: { interval: 0, lineHeight: 18, ...text(13) },
      axisTick: { show: false },
      axisLine: { lineStyle: { color: ink } },
    },
    yAxis: { ...axis('Top-5 error (%)', 42), min: 0, max: 30, interval: 5 },
    series: [
      {
        type: 'bar',
        barWidth: '60%',
        data: entries.map(({ error, layers }) => ({
          value: error,
          itemStyle: { color: layers === undefined ? '#999999' : '#0072b2' },
          label: {
            show: true,
            position: 'top',
            formatter: layers === undefined ? `${error}` : `${error}\n${layers} layers`,
            lineHeight: 17,
            ...text(13),
          },
        })),
      },
    ],
  });
}

function bubbleDiameter(parameters: number): number {
  return 5 * Math.sqrt(parameters / 1e6);
}

function text(fontSize: number) {
  return { fontFamily: font, fontSize, color: ink };
}

function titled(title: string, subtitle: string) {
  return { text: title, subtext: subtitle, left: 20, top: 14, textStyle: text(18), subtextStyle: text(13) };
}

function axis(name: string, nameGap: number) {
  return {
    type: 'value' as const,
    name,
    nameLocation: 'middle' as const,
    nameGap,
    nameTextStyle: text(13),
    axisLabel: text(12),
    splitLine: { lineStyle: { color: faint } },
  };
}

function render(width: number, height: number, option: echarts.EChartsCoreOption): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption({ animation: false, backgroundColor: '#ffffff', ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
