import path from 'node:path';
import { counted, type Picture } from '../data/pictures.js';
import { parseSplitRecord } from '../data/split-record.js';
import { parseCsv } from '../formats/csv.js';
import { UserError } from '../runtime/errors.js';
import { readJsonIfThere } from '../runtime/json-file.js';
import { readRecordText } from '../runtime/record-file.js';
import type { Compared, OtherAnswers } from './compared.js';

interface Row {
  readonly path: string;
  readonly predicted: string;
  /** What the picture's class was then, where the file says it. */
  readonly label: string | undefined;
  /** Of the picture's bytes then, where the run's split.json says it. */
  readonly digest: string | undefined;
}

/**
 * Answers as a file has them: a run's predictions.csv, what `evaluate --csv` or `predict --csv` printed, or any other
 * comma-separated values with a column `path` and a column `predicted`.
 *
 * @throws UserError when the columns are not there, or two rows are of one picture.
 */
export function readRecordedAnswers(file: string): Row[] {
  const [head = [], ...rows] = parseCsv(readRecordText(file, 'predictions', 'Check its path.'));
  const column = (name: string) => head.indexOf(name);
  const [ofPath, ofPredicted] = [column('path'), column('predicted')];
  if (ofPath < 0 || ofPredicted < 0 || rows.length === 0) {
    const came =
      rows.length === 0
        ? 'it has no rows'
        : `its columns are ${head.slice(0, 5).join(', ')}${head[5] === undefined ? '' : ', …'}`;
    throw new UserError(
      `Expected predictions in '${file}', columns 'path' and 'predicted' first, but ${came}. Give a run's predictions.csv, or what evaluate --csv prints.`,
    );
  }
  // After 'predicted' come the classes, one of which may be called 'label'.
  const ofLabel = column('label') < ofPredicted ? column('label') : -1;
  const digests = digestsBeside(file);
  const seen = new Set<string>();
  return rows.map((row, i) => {
    const [where, predicted] = [row[ofPath], row[ofPredicted]];
    if (!where || !predicted)
      throw new UserError(`Expected a path and an answer in row ${i + 2} of '${file}' but one is missing.`);
    if (seen.size === seen.add(where).size)
      throw new UserError(`Expected one row a picture in '${file}' but two are of '${where}'.`);
    return { path: where, predicted, label: row[ofLabel] || undefined, digest: digests.get(where) };
  });
}

/** A run's own predictions are of the pictures that its split.json calls `test`. */
function digestsBeside(file: string): Map<string, string> {
  if (path.basename(file) !== 'predictions.csv') return new Map();
  // the file may have come alone
  const value = readJsonIfThere(path.join(path.dirname(file), 'split.json'));
  return new Map(parseSplitRecord(value)?.test.map(({ path: where, digest }) => [where, digest]));
}

/** Finds each picture's answer: by its bytes where they are on record, else by its path. */
export function matchRecorded(
  rows: readonly Row[],
  { pictures, labels, keys, known }: Compared,
): OtherAnswers {
  const byPath = new Map(rows.map((row) => [row.path, row]));
  const byDigest = new Map(rows.flatMap((row) => (row.digest ? [[row.digest, row] as const] : [])));
  const right = new Map<string, boolean>();
  const answers = new Map<string, string>();
  const used = new Set<Row>();
  let [missing, changed, relabelled, strange] = [0, 0, 0, 0];
  const rowOf = (picture: Picture) => {
    const same = byDigest.get(picture.digest);
    if (same) return same;
    const named = byPath.get(picture.path);
    if (!named) missing++;
    else if (named.digest) changed++;
    return named?.digest ? undefined : named;
  };
  for (const picture of pictures) {
    const row = rowOf(picture);
    if (!row) continue;
    used.add(row);
    const names = [keys[picture.label], labels[picture.label]];
    right.set(picture.path, names.includes(row.predicted));
    const place = labels.indexOf(row.predicted);
    answers.set(picture.path, place < 0 ? row.predicted : keys[place]!);
    if (row.label !== undefined && !names.includes(row.label)) relabelled++;
    if (!known.has(row.predicted)) strange++;
  }
  if (strange > 0 && strange === right.size) {
    const [first] = used;
    throw new UserError(
      `Expected answers with the classes of this run but the first is '${first!.predicted}', and none is one of them. Give predictions for the same classes.`,
    );
  }
  const unused = rows.length - used.size;
  const remarks = [
    relabelled > 0 && `${counted(relabelled, 'picture')} had another class then; today's counts for both.`,
    strange > 0 &&
      `${counted(strange, 'answer')} of it with a class that this run does not know: taken as wrong.`,
    unused > 0 && `${counted(unused, 'row')} of it are of no picture that was measured here.`,
  ].filter((remark) => remark !== false);
  const unmatched = [
    { count: missing, reason: 'not in it' },
    { count: changed, reason: 'there under the same name, with other bytes' },
  ].filter(({ count }) => count > 0);
  return { right, answers, unmatched, remarks };
}
