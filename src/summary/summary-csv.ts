import { csv } from '../formats/csv.js';
import type { LayerCosts } from './network-costs.js';
import type { Summary } from './summary.js';
import { shapeText } from './summary-format.js';

const columns: readonly (readonly [name: string, value: (layer: LayerCosts<null>) => string | number])[] = [
  ['name', ({ name }) => name],
  ['type', ({ type }) => type],
  ['output', ({ outputShape }) => (outputShape ? shapeText(outputShape, 'x') : '')],
  ['kernel', ({ window }) => (window ? shapeText(window.kernel, 'x') : '')],
  ['stride', ({ window }) => (window ? shapeText(window.stride, 'x') : '')],
  ['padding_top', ({ window }) => window?.padding.top ?? ''],
  ['padding_bottom', ({ window }) => window?.padding.bottom ?? ''],
  ['padding_left', ({ window }) => window?.padding.left ?? ''],
  ['padding_right', ({ window }) => window?.padding.right ?? ''],
  ['groups', ({ window }) => window?.groups ?? ''],
  ['field_height', ({ receptiveField }) => receptiveField?.down.size ?? ''],
  ['field_width', ({ receptiveField }) => receptiveField?.across.size ?? ''],
  ['field_jump', ({ receptiveField }) => receptiveField?.down.jump ?? ''],
  ['field_start', ({ receptiveField }) => receptiveField?.down.start ?? ''],
  ['weights', ({ weights }) => weights],
  ['biases', ({ biases }) => biases],
  ['parameters', ({ parameters }) => parameters],
  ['statistics', ({ statistics }) => statistics],
  ['multiply_adds', ({ multiplyAdds }) => multiplyAdds ?? ''],
  ['activations', ({ activations }) => activations ?? ''],
  ['activation_bytes', ({ activationBytes }) => activationBytes ?? ''],
  ['state', ({ state }) => state ?? ''],
];

/** One line a layer, exact numbers, nothing where one is not known. */
export function summaryCsv({ layers }: Summary<null>): string {
  const rows = layers.map((layer) => columns.map(([, value]) => value(layer)));
  return csv([columns.map(([name]) => name), ...rows]).trimEnd();
}
