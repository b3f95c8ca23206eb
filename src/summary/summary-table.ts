import type { LayerCosts } from './network-costs.js';
import type { Summary } from './summary.js';
import { bytesText, inThousands, shapeText, withCommas } from './summary-format.js';

interface Column {
  readonly heading: string;
  readonly align: 'left' | 'right';
  readonly cell: (layer: LayerCosts<null>) => string;
}

/** Short names of types; others are shown as they are. */
const typeNames: Readonly<Record<string, string>> = {
  convolution: 'conv',
  radialBasis: 'radial basis',
  separableConvolution: 'separable',
  transposedConvolution: 'transposed',
  maxPool: 'max pool',
  averagePool: 'mean pool',
  globalAverage: 'mean',
  globalMaximum: 'max',
  generalisedMean: 'root mean',
  batchNorm: 'norm',
  localResponseNorm: 'norm',
  concatenate: 'concat',
};

/** What a file does not tell. */
const unknown = '?';

const columns: readonly Column[] = [
  { heading: 'Layer', align: 'left', cell: ({ name }) => name },
  { heading: '', align: 'left', cell: ({ state }) => (state === 'frozen' ? '*' : '') },
  { heading: 'Type', align: 'left', cell: ({ type }) => typeNames[type] ?? type },
  {
    heading: 'Output',
    align: 'left',
    cell: ({ outputShape }) => (outputShape ? shapeText(outputShape) : unknown),
  },
  { heading: 'Window', align: 'left', cell: windowText },
  { heading: 'Sees', align: 'right', cell: fieldText },
  { heading: 'Weights', align: 'right', cell: ({ weights }) => countText(weights) },
  { heading: 'Biases', align: 'right', cell: ({ biases }) => countText(biases) },
  {
    heading: 'Mult-adds',
    align: 'right',
    cell: ({ multiplyAdds }) =>
      multiplyAdds === null ? unknown : multiplyAdds ? inThousands(multiplyAdds) : '',
  },
  {
    heading: 'Values',
    align: 'right',
    cell: ({ activations }) => (activations === null ? unknown : inThousands(activations)),
  },
];

const gap = '  ';

/** The layers as lines of at most `width` characters (long layer names are shortened in the middle), then the totals. */
export function summaryText(summary: Summary<null>, width = 100): string {
  const shown = shownColumns(summary);
  const rows = [
    shown.map((column) => column.heading),
    ...summary.layers.map((layer) => shown.map((c) => c.cell(layer))),
  ];
  const widths = shown.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const others = widths.slice(1).reduce((sum, w) => sum + gap.length + w, 0);
  widths[0] = Math.min(widths[0]!, Math.max(12, width - others));
  const lines = rows.map((row) =>
    row
      .map((cell, i) => {
        const text = i === 0 ? shorten(cell, widths[0]!) : cell;
        return shown[i]!.align === 'left' ? text.padEnd(widths[i]!) : text.padStart(widths[i]!);
      })
      .join(gap)
      .trimEnd(),
  );
  lines.splice(1, 0, '─'.repeat(widths.reduce((sum, w) => sum + gap.length + w, -gap.length)));
  return [...lines, '', ...totalLines(summary)].join('\n');
}

/** The same table in Markdown. */
export function summaryMarkdown(summary: Summary<null>): string {
  const shown = shownColumns(summary);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(shown.map((column) => column.heading)),
    line(shown.map((column) => (column.align === 'left' ? '---' : '---:'))),
    ...summary.layers.map((layer) => line(shown.map((column) => column.cell(layer).replace('*', '\\*')))),
    '',
    ...totalLines(summary).map((text) => `- ${text.replace(/\s{2,}/g, ' ').replace(/^\*/, '\\*')}`),
  ].join('\n');
}

/** What the columns mean and what they add up to. */
export function totalLines(summary: Summary<null>): string[] {
  const { totals, memory } = summary;
  const { batch, optimiser } = memory;
  const pictures = batch === 1 ? '1 picture' : `${batch} pictures`;
  const running = totals.statistics ? `, and ${withCommas(totals.statistics)} running statistics` : '';
  const { inference, inferenceActivations, training, trainingActivations } = memory;
  const toRun =
    inference === null
      ? 'not known: nor are the outputs of all layers'
      : `${bytesText(inference)} with ${pictures}: weights, activations ${bytesText(inferenceActivations!)}`;
  const toTrain =
    training === null
      ? 'not known either'
      : `${bytesText(training)}: weights, activations ${bytesText(trainingActivations!)}, gradients ${bytesText(memory.gradients)}, ${optimiser} ${bytesText(memory.optimiserState)}`;
  return [
    ...(totals.frozen ? ['* frozen'] : []),
    `Parameters     ${withCommas(totals.parameters)}: convolutions ${withCommas(totals.convolutionParameters)}, dense ${withCommas(totals.denseParameters)}${running}`,
    `Trainable      ${withCommas(totals.trainable)}, frozen ${withCommas(totals.frozen)}`,
    `Multiply-adds  ${withCommas(totals.multiplyAdds)}, ${(100 * totals.convolutionShare).toFixed(1)} % of them in convolutions`,
    ...uncountedLines(summary),
    `Weights        ${bytesText(memory.weights)}`,
    ...storedLines(summary),
    `To run         ${toRun}`,
    ...(totals.trainable > 0 ? [`To train       ${toTrain}`] : []),
    ...blockLines(summary),
  ];
}

/** Layers without a count, by type: a total without them must not pass for the whole. */
function uncountedLines({ layers, totals }: Summary<null>): string[] {
  if (totals.uncounted.length === 0) return [];
  const types = [...new Set(layers.filter((l) => l.multiplyAdds === null).map(({ type }) => type))];
  const count = totals.uncounted.length === 1 ? '1 layer' : `${totals.uncounted.length} layers`;
  return [`Not counted    the multiply-adds of ${count} (?): ${types.join(', ')}`];
}

const [unfreezeLabel, lineWidth] = ['To unfreeze    ', 100];

/** What `--unfreeze` takes beside the names of layers. */
function blockLines({ blocks = [] }: Summary<null>): string[] {
  if (blocks.length === 0) return [];
  const words = [...blocks.map(({ name }) => `${name},`), 'any layer in them,', 'or all'];
  const lines: string[] = [];
  for (const word of words) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length <= lineWidth - unfreezeLabel.length)
      lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.map((line, i) => (i === 0 ? unfreezeLabel : ' '.repeat(unfreezeLabel.length)) + line);
}

/** When a file does not hold just what its layers add up to. */
function storedLines({ totals, stored }: Summary<null>): string[] {
  const counted = totals.parameters + totals.statistics;
  if (stored === undefined || stored === counted) return [];
  const difference = `${withCommas(Math.abs(stored - counted))} ${stored > counted ? 'more' : 'fewer'}`;
  return [`File           ${withCommas(stored)} numbers, ${difference} than these layers have`];
}

/** The mark of frozen layers has a column only when some are. */
function shownColumns({ totals }: Summary<null>): readonly Column[] {
  return columns.filter((column) => column.heading !== '' || totals.frozen > 0);
}

function countText(count: number): string {
  return count === 0 ? '' : withCommas(count);
}

/** `3×3`, `11×11/4` with stride 4, `5×5 p2` with padding 2, `3×3 p0,1` where top left and bottom right differ. */
function windowText({ window }: LayerCosts<null>): string {
  if (!window) return '';
  const { kernel, stride, padding, groups } = window;
  const { top, bottom, left, right } = padding;
  const step = stride[0] === stride[1] ? `${stride[0]}` : shapeText(stride);
  const sides = [...new Set([Math.min(top, left), Math.max(bottom, right)])].join(',');
  return [
    shapeText(kernel) + (step === '1' ? '' : `/${step}`),
    ...(sides === '0' ? [] : [`p${sides}`]),
    ...(groups === 1 ? [] : [`g${groups}`]),
  ].join(' ');
}

function fieldText({ receptiveField }: LayerCosts<null>): string {
  if (!receptiveField) return unknown;
  const { down, across } = receptiveField;
  return down.size === across.size ? String(down.size) : `${down.size}×${across.size}`;
}

function shorten(text: string, width: number): string {
  if (text.length <= width) return text;
  const kept = width - 1;
  return `${text.slice(0, Math.ceil(kept / 2))}…${text.slice(text.length - Math.floor(kept / 2))}`;
}
