import { type Markup, markup, trusted } from '../../src/report/markup.js';

/** What the reader moves: a slider, or a number in a field. */
export interface Input {
  readonly label: string;
  readonly value: number;
  readonly from: number;
  readonly to: number;
  readonly as?: 'slider' | 'field';
}

type Values = Readonly<Record<string, number>>;

/** A figure that is drawn anew when an input changes. */
export interface Interactive<Given> {
  readonly inputs: Readonly<Record<string, Input>>;
  /** Data for `draw`, which travels with the page. */
  readonly given: Given;
  /**
   * Returns HTML or SVG. Runs here for the page as it opens, and in the reader's browser: it may use nothing but its
   * arguments and the functions in `uses`.
   */
  readonly draw: (values: Values, given: Given) => string;
  /** Functions that `draw` calls, by their names. */
  readonly uses?: readonly ((...values: never[]) => unknown)[];
  /** Inputs in rows of this many, for the cells of a kernel. */
  readonly columns?: number;
}

/** The figure as it opens, with inputs that stay hidden where scripts do not run. */
export function interactiveFigure<Given>(id: string, figure: Interactive<Given>): Markup {
  const inputs = Object.entries(figure.inputs);
  const start = Object.fromEntries(inputs.map(([name, { value }]) => [name, value]));
  const controls = inputs.map(([name, { label, value, from, to, as = 'slider' }]) =>
    as === 'slider'
      ? markup`<label>${label} <output>${value}</output><input type="range" name="${name}" min="${from}" max="${to}" value="${value}" aria-label="${label}"></label>`
      : markup`<input type="number" name="${name}" min="${from}" max="${to}" step="any" value="${value}" aria-label="${label}">`,
  );
  const style = figure.columns === undefined ? '' : `grid-template-columns: repeat(${figure.columns}, 4.4em)`;
  return markup`<form class="inputs" id="${id}-inputs" style="${style}" hidden>${controls}</form>
<div class="drawn" id="${id}-drawn" aria-live="polite">${trusted(figure.draw(start, figure.given))}</div>`;
}

/** The script that redraws the figure. It holds the very functions that drew it here. */
export function interactiveScript<Given>(id: string, { draw, uses = [], given }: Interactive<Given>): string {
  // The compiler may name functions through a helper, which is not in the page.
  return `(() => {
const __name = (value) => value;
${uses.map((one) => `const ${one.name} = ${one.toString()};`).join('\n')}
const draw = ${draw.toString()};
const given = ${JSON.stringify(given).replaceAll('<', '\\u003c')};
const form = document.getElementById('${id}-inputs');
const drawn = document.getElementById('${id}-drawn');
const redraw = () => {
  const values = {};
  for (const input of form.querySelectorAll('input')) {
    values[input.name] = Number(input.value);
    if (input.type === 'range') input.previousElementSibling.textContent = input.value;
  }
  drawn.innerHTML = draw(values, given);
};
form.hidden = false;
form.addEventListener('input', redraw);
form.addEventListener('submit', (event) => event.preventDefault());
redraw();
})();`;
}
