import { byteSize } from '../runtime/byte-size.js';
import type { ZooInfo, ZooRow } from '../recipes/zoo.js';
import { textTable } from '../report/table.js';
import { thousands } from '../report/text.js';
import type { CatalogueEntry, FileDigest } from '../zoo/catalogue-entry.js';

/** The catalogue as a table. */
export function zooTable(rows: readonly ZooRow[]): string {
  const head = ['name', 'size', 'parameters', 'G-Ops', 'top-1', 'top-5', 'licence', 'here'];
  const cells = rows.map((row) => [
    row.name,
    byteSize(row.bytes),
    thousands(row.parameters),
    row.gigaMultiplyAdds.toFixed(2),
    row.accuracy?.top1.toFixed(1) ?? '',
    row.accuracy?.top5?.toFixed(1) ?? '',
    row.licence,
    row.here.length > 0 ? 'yes' : '',
  ]);
  return (
    `${textTable([head, ...cells], [1, 2, 3, 4, 5], 100)}\n\n` +
    'G-Ops: multiply-adds for one picture, in thousands of millions. top-1, top-5: ImageNet accuracy in per cent as ' +
    'published.\nUse: finetune --base MODEL [--weights NAME] --data DIR.'
  );
}

/** One entry in full. */
export function zooInfoText(info: ZooInfo): string {
  const { accuracy, preprocessing } = info;
  const published = accuracy
    ? `${accuracy.top1} % top-1${accuracy.top5 === undefined ? '' : `, ${accuracy.top5} % top-5`} (${accuracy.source})`
    : 'not published';
  const rows: [string, string][] = [
    ['network', `${info.model}: ${info.title} (${info.paper})`],
    ['part', info.part === 'whole' ? 'with its classifier' : 'without classifier, for --base only'],
    ['size', byteSize(info.bytes)],
    ['parameters', thousands(info.parameters)],
    ['G-Ops', info.gigaMultiplyAdds.toFixed(2)],
    ['accuracy', published],
    [
      'input',
      `${info.inputShape.join(' × ')}, ${preprocessing.channelOrder}, minus ${rounded(preprocessing.mean)}, ` +
        `divided by ${rounded(preprocessing.scale)}`,
    ],
    ['cut', info.transferCut],
    ['licence', `${info.licence} (${info.attribution})`],
    ...(info.digest ? [['digest', info.digest] satisfies [string, string]] : []),
    ...info.sources.map((source): [string, string] => ['source', sourceText(source)]),
    ['here', info.here.length > 0 ? info.here.join(', ') : 'no'],
  ];
  return [info.name, ...rows.map(([key, text]) => `  ${key.padEnd(12)}${text}`)].join('\n');
}

function sourceText(source: CatalogueEntry['sources'][number]): string {
  switch (source.kind) {
    case 'zoo':
      return `FINETUNE_ZOO/${source.path} (${source.weights ? 'held against the digest of the weights' : digestText(source.digest)})`;
    case 'file':
      return source.path;
    case 'cache':
      return 'the cache';
    case 'url':
      return `${source.url} (${digestText(source.digest)})`;
    case 'package':
      return `the package ${source.name} ${source.version} through pip (${digestText(source.digest)})`;
  }
}

/** How well a source is known: a digest of few bits tells damage, none tells only what does not fit. */
function digestText(digest: FileDigest | undefined): string {
  if (!digest) return 'no published digest: only length, names and shapes are checked';
  const { algorithm, hex } = digest;
  const whole = { md5: 32, sha1: 40, sha256: 64 }[algorithm];
  if (hex.length >= whole) return `${algorithm.toUpperCase()} ${hex}`;
  return `${algorithm.toUpperCase()} beginning with ${hex}: ${4 * hex.length} bits, enough against damage, not against forgery`;
}

function rounded(values: readonly number[]): string {
  return values.map((value) => Number(value.toFixed(3))).join(', ');
}
