/**
 * Writes docs/networks.md: what every network of the registry costs, counted from its layers.
 *
 *     npm run docs
 */
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { networkCosts } from '../src/summary/network-costs.js';
import { modelNames, modelSpec } from '../src/models/registry.js';

const file = new URL('../docs/networks.md', import.meta.url);

/** The table and what it shows, as Markdown. */
export function networksPage(): string {
  const counted = modelNames().map((name) => ({
    spec: modelSpec(name),
    ...networkCosts(modelSpec(name).build()),
  }));
  const shares = counted.map(({ totals }) => totals.convolutionShare);
  const most = shares.filter((share) => share >= 0.98).length;
  const lines = counted.map(({ spec, totals }) =>
    [
      `\`${spec.name}\``,
      spec.paper,
      spec.inputShape.join('×'),
      totals.parameters.toLocaleString('en-GB'),
      percent(totals.convolutionParameters / totals.parameters),
      operations(totals.multiplyAdds),
      percent(totals.convolutionShare),
    ].join(' | '),
  );
  return `# The networks, counted

Written by \`npm run docs\` from the layers of \`src/models\`; \`finetune summary NAME\` counts layer by layer. Multiply-adds
are for one picture, of convolutions and dense layers. Activation functions, pools and normalisations are left out, as
papers leave them out: a few operations for each value, where a 3×3 convolution of 256 channels has 2,304.

Almost all of the work is in convolutions: from ${percent(Math.min(...shares))} of the multiply-adds to ${percent(Math.max(...shares))}, and 98 % or more in ${most}
of the ${counted.length} networks (an industrial example is quoted with 98 %). The parameters may be elsewhere: ${percent(1 - parameterShare(counted, 'alexnet'))} of AlexNet's and
${percent(1 - parameterShare(counted, 'vgg16'))} of VGG-16's are in dense layers, which use each of them once a picture where a convolution uses its own at
every pixel. LeNet-5's C5 counts as the convolution that it is, though it covers its whole map.

| network | paper | input | parameters | of them in convolutions | multiply-adds | of them in convolutions |
|---|---|---|--:|--:|--:|--:|
${lines.map((line) => `| ${line} |`).join('\n')}

## Not here

Two directions that lead on from these counts are only named: *pruning* takes weights, filters or layers out of a network
that has more than its task needs; *architecture search* leaves the list of layers itself to be found, by evolution for
example. Both need many trainings of whole networks, which is not what this toolkit is for.
`;
}

type Counted = { spec: { name: string }; totals: { parameters: number; convolutionParameters: number } };

function parameterShare(counted: readonly Counted[], name: string): number {
  const { totals } = counted.find(({ spec }) => spec.name === name)!;
  return totals.convolutionParameters / totals.parameters;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function operations(multiplyAdds: number): string {
  const [unit, size] = (
    [
      ['G', 1e9],
      ['M', 1e6],
      ['k', 1e3],
    ] as const
  ).find(([, size]) => multiplyAdds >= size)!;
  const value = multiplyAdds / size;
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ${unit}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) fs.writeFileSync(file, networksPage());
