/** RESULTS.md: one section a benchmark, replaced by its latest recorded run. */
import fs from 'node:fs';
import type { Report } from './benchmark.js';
import { describeMachine } from './machine.js';

const file = new URL('RESULTS.md', import.meta.url);

const introduction = `# Results

Written by \`npm run bench -- NAME --record\`. Engines are processes of their own with the same number of threads and
take turns, round by round; times are medians over the rounds. *Speed* is how many times as fast as the fastest float32
peer an engine is, *at its precision* as the fastest peer that computes in as many bits; both are medians over the
rounds. What an engine computes is compared with what the first float32 engine computes before its time counts
(*agreement*: the largest relative error of a row, or with fewer bits the mean cosine).
`;

/** Puts the report in place of the benchmark's earlier one. */
export function record(report: Report, threads: number): void {
  const sections = readSections();
  sections.set(report.benchmark, sectionOf(report, threads));
  const bodies = [...sections].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, body]) => body);
  fs.writeFileSync(file, [introduction, ...bodies].join('\n'));
}

function readSections(): Map<string, string> {
  if (!fs.existsSync(file)) return new Map();
  const [, ...bodies] = fs.readFileSync(file, 'utf8').split(/^(?=## )/m);
  return new Map(bodies.map((body) => [/^## (\S+)/.exec(body)![1]!, `${body.trim()}\n`]));
}

function sectionOf({ benchmark, title, header, rows, note, missing }: Report, threads: number): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const table = [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
  const absent = missing.length > 0 ? `\nNot measured: ${missing.join('; ')}.\n` : '';
  const remark = note ? `\n${note}\n` : '';
  const when = new Date().toISOString().slice(0, 10);
  return `## ${benchmark}\n\n${title}. ${when}, ${threads} threads: ${describeMachine()}.\n\n${table}\n${remark}${absent}`;
}
