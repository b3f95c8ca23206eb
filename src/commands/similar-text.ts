import { counted } from '../data/pictures.js';
import type { Similar } from '../recipes/similar.js';
import type { SimilarEvaluation } from '../recipes/similar-evaluation.js';
import { textTable } from '../report/table.js';
import { percent, signed } from '../report/text.js';

/** What a search prints: for each query the answers, most similar first. */
export function similarAsText({ pictures, queries }: Similar, folder: string): string {
  const blocks = queries.map(({ path, results }) => {
    const rows = results.map((found, i) => [
      `${i + 1}`,
      signed(found.similarity),
      found.label ?? '',
      `${found.path}${found.copy ? '  (a copy)' : ''}`,
    ]);
    const named = rows.some(([, , label]) => label !== '');
    const shown = named ? rows : rows.map((row) => row.filter((_, column) => column !== 2));
    return [
      `Like ${path}:`,
      ...(shown.length > 0 ? [textTable(shown, [0, 1])] : ['nothing else is there']),
    ].join('\n');
  });
  return [`Looked through ${counted(pictures, 'picture')} in ${folder}`, ...blocks].join('\n\n');
}

/** What `--evaluate` prints. */
export function evaluationAsText(
  evaluation: SimilarEvaluation,
  folder: string,
  queries: string | undefined,
): string {
  const { meanAveragePrecision: map, chance, recallAt, precisionAt, classes } = evaluation;
  const who =
    queries === undefined
      ? `Every picture of ${folder} among the others`
      : `The pictures of ${queries} in ${folder}`;
  const range = (ci95: readonly [number, number] | undefined) =>
    ci95 ? `${percent(ci95[0])} to ${percent(ci95[1])}` : '–';
  const { trained } = evaluation;
  const notes = [
    ...(trained === 0
      ? []
      : [
          `The figures flatter: the run has trained or chosen on ${counted(trained, 'query', 'queries')} of these. For others, give a test folder and look in the training folder: similar RUN TEST --in TRAIN --evaluate.`,
        ]),
    ...(evaluation.drawnFrom === undefined
      ? []
      : [`${evaluation.queries} of ${evaluation.drawnFrom} queries, drawn by chance.`]),
    ...(evaluation.withoutOthers === 0
      ? []
      : [
          `${counted(evaluation.withoutOthers, 'query', 'queries')} left out: no other picture of the class.`,
        ]),
  ];
  return [
    `${who}: ${counted(evaluation.queries, 'query', 'queries')}, ${counted(evaluation.pictures, 'picture')} to find, ${counted(classes.length, 'class', 'classes')}`,
    ...notes,
    '',
    textTable(
      [
        ['', 'share', '95 % interval'],
        ['mean average precision', percent(map.mean), range(map.ci95)],
        ['  in random order', percent(chance), ''],
        ...recallAt.map(({ k, recall, ci95 }) => [`recall at ${k}`, percent(recall), range(ci95)]),
        ...precisionAt
          .filter(({ k }) => k > 1)
          .map(({ k, mean, ci95 }) => [`precision at ${k}`, percent(mean), range(ci95)]),
      ],
      [1, 2],
    ),
    '',
    textTable(
      [
        ['class', 'queries', 'mean average precision', '95 % interval'],
        ...classes.map(({ label, n, mean, ci95 }) => [label, `${n}`, percent(mean), range(ci95)]),
      ],
      [1, 2, 3],
    ),
  ].join('\n');
}
