import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Matrix } from '../../src/arithmetic/index.js';
import { type Markup, markup } from '../../src/report/markup.js';
import { type BarRow, barTable } from './bars.js';
import { areaSquares, type Chart, lineChart } from './chart.js';
import { type Interactive, interactiveFigure, interactiveScript } from './interactive.js';
import { caption, plainText } from './markdown.js';
import { matrixRow, type Row } from './matrices.js';
import { type MapBlock, mapBlocks } from './maps.js';
import { type ColourPicture, drawnPicture, type Look } from './picture.js';
import { type Scatter, scatterChart } from './scatter.js';
import { type Piece, piecesOf } from './source.js';

/** What a call put on the page, and the line of the lesson that called. */
export interface Output {
  readonly line: number;
  readonly content: Markup;
  readonly script?: string;
}

/**
 * A lesson while it runs. Its calls put numbers, tables, pictures and charts on the page, each below the paragraph of
 * code that called.
 */
export class Lesson {
  /** File name without its ending: `01-convolution-by-hand`. */
  readonly name: string;
  /** Whether the lesson is run by a test, which wants less work and the same figures. */
  readonly quick = process.argv.includes('--quick');
  readonly pieces: readonly Piece[];
  /** The folder of data that do not come with the project, as `--data` names it. */
  readonly #dataFolder = dataFolder();
  readonly #file: string;
  readonly #outputs: Output[] = [];
  #figures = 0;
  #cover: Markup | undefined;
  #nextIsCover = false;

  constructor(url: string) {
    this.#file = fileURLToPath(url);
    this.name = path.basename(this.#file, '.ts');
    this.pieces = piecesOf(readFileSync(this.#file, 'utf8'));
  }

  get outputs(): readonly Output[] {
    return this.#outputs;
  }

  /** The figure that stands for the lesson on the index page: the chosen one, else the first that is neither a table nor moves. */
  get cover(): Markup | undefined {
    return this.#cover;
  }

  /** The next figure is to stand for the lesson on the index page. */
  coverFollows(): void {
    this.#nextIsCover = true;
  }

  /**
   * The folder of a data set that does not come with the project, `mnist` or `pets`; undefined where it is not at hand.
   */
  data(name: string): string | undefined {
    const folder = this.#dataFolder && path.join(this.#dataFolder, name);
    return folder !== undefined && existsSync(folder) ? folder : undefined;
  }

  /** Values as a notebook prints them, on one line. */
  print(...values: readonly (string | number)[]): void {
    const text = values.map((value) => (typeof value === 'number' ? written(value) : value)).join(' ');
    this.#outputs.push({ line: this.#callingLine(), content: markup`<pre class="printed">${text}</pre>` });
  }

  matrices(title: string, row: Row): void {
    this.#figure(title, matrixRow(row));
  }

  table(title: string, head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
    const isNumber = (value: string | number | undefined) =>
      typeof value === 'number' || /^([−-]?\d[\d,.]*)?$/.test(value ?? '');
    const numeric = (column: number) => column > 0 && rows.every((row) => isNumber(row[column]));
    const cell = (value: string | number, i: number) =>
      markup`<td${numeric(i + 1) && markup` class="number"`}>${typeof value === 'number' ? written(value) : caption(value)}</td>`;
    this.#figure(
      title,
      markup`<div class="scroll" tabindex="0"><table><thead><tr>${head.map((name, i) => markup`<th scope="col"${numeric(i) && markup` class="number"`}>${caption(name)}</th>`)}</tr></thead>
<tbody>${rows.map(([first, ...rest]) => markup`<tr><th scope="row">${typeof first === 'number' ? written(first) : caption(first!)}</th>${rest.map(cell)}</tr>`)}</tbody></table></div>`,
    );
  }

  chart(title: string, chart: Chart): void {
    this.#figure(title, lineChart(chart, `Chart: ${plainText(title)}`));
  }

  /** Squares whose areas are the amounts. */
  areas(title: string, amounts: Readonly<Record<string, number>>): void {
    const told = Object.entries(amounts).map(([name, amount]) => `${name} ${written(amount)}`);
    this.#figure(title, areaSquares(amounts, told.join('; ')));
  }

  scatter(title: string, chart: Scatter): void {
    this.#figure(title, scatterChart(chart, `Chart: ${plainText(title)}`));
  }

  /** A table whose numbers have bars below them. */
  bars(
    title: string,
    head: readonly string[],
    rows: readonly BarRow[],
    inWords?: (value: number) => string,
  ): void {
    this.#figure(title, barTable(head, rows, inWords));
  }

  /** The outputs of layers as blocks. */
  maps(title: string, blocks: readonly MapBlock[]): void {
    this.#figure(title, mapBlocks(blocks));
  }

  async pictures(
    title: string,
    pictures: Readonly<Record<string, Matrix | ColourPicture>>,
    look: Look = {},
  ): Promise<void> {
    const line = this.#callingLine();
    const drawn = await Promise.all(
      Object.entries(pictures).map(([name, picture]) => drawnPicture(name, picture, look)),
    );
    this.#figure(title, markup`<div class="pictures">${drawn}</div>`, undefined, line);
  }

  /** A drawing of the lesson's own: SVG or HTML. */
  drawing(title: string, content: Markup): void {
    this.#figure(title, markup`<div class="drawn">${content}</div>`);
  }

  interactive<Given>(title: string, figure: Interactive<Given>): void {
    const id = `figure-${this.#figures + 1}`;
    this.#figure(title, interactiveFigure(id, figure), interactiveScript(id, figure));
  }

  #figure(title: string, content: Markup, script?: string, line = this.#callingLine()): void {
    this.#figures += 1;
    const canCover = script === undefined && !content.markup.includes('<table');
    if (this.#nextIsCover || (canCover && this.#cover === undefined)) this.#cover = content;
    this.#nextIsCover = false;
    this.#outputs.push({
      line,
      content: markup`<figure id="figure-${this.#figures}">${content}<figcaption><b>Figure ${this.#figures}.</b> ${caption(title)}</figcaption></figure>`,
      ...(script !== undefined && { script }),
    });
  }

  /** The outermost line of the lesson's file on the stack, so that a lesson may have helpers of its own. */
  #callingLine(): number {
    const frames = (new Error().stack ?? '').split('\n');
    const own = frames.filter((frame) => frame.includes(path.basename(this.#file))).at(-1);
    return Number(/:(\d+):\d+\)?$/.exec(own ?? '')?.[1] ?? Number.POSITIVE_INFINITY);
  }
}

/** What `--data` names, else the data sets beside the tests' own. */
function dataFolder(): string | undefined {
  const at = process.argv.indexOf('--data');
  if (at > 0) return process.argv[at + 1];
  const shared = process.env['FINETUNE_SHARED'];
  return shared ? path.join(shared, 'datasets') : undefined;
}

/** Begins a lesson: `const lesson = openLesson(import.meta.url)`. The file ends with `export default lesson`. */
export function openLesson(url: string): Lesson {
  return new Lesson(url);
}

function written(value: number): string {
  return value.toLocaleString('en-GB', { maximumFractionDigits: 4 }).replace('-', '−');
}
