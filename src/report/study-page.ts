import { htmlPage } from './html-page.js';
import { type Markup, markup } from './markup.js';
import { unbroken } from './text.js';

/** What every page of a study has. */
export interface StudyPage {
  readonly kicker: string;
  /** The result in one sentence. */
  readonly headline: string;
  readonly lead: readonly string[];
  readonly sections: readonly (Markup | undefined)[];
  readonly warnings: readonly string[];
  /** The command that made it. */
  readonly command: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** The page of a study: the result in words first, then what it rests on, then how it was made. */
export function studyPage({
  kicker,
  headline,
  lead,
  sections,
  warnings,
  command,
  config,
}: StudyPage): string {
  const settings = Object.entries(config).filter(([, value]) => value !== undefined);
  return htmlPage(headline, [
    markup`<header><p class="kicker">${kicker}</p><h1>${unbroken(headline)}</h1>${lead.map((text) => markup`<p class="lead">${unbroken(text)}</p>`)}</header>`,
    warnings.length > 0
      ? markup`<aside>${warnings.map((text) => markup`<p class="note">${text}</p>`)}</aside>`
      : undefined,
    ...sections,
    markup`<section><h2>How it was made</h2><pre><code>${command}</code></pre>
<details><summary>All settings</summary><dl class="facts">${settings.map(([name, value]) => markup`<dt>${name}</dt><dd>${typeof value === 'string' ? value : JSON.stringify(value)}</dd>`)}</dl></details></section>`,
  ]);
}

/** A table whose first column names the rows; it scrolls on its own where the page is narrow. */
export function pageTable(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly (string | Markup)[])[],
): Markup {
  return markup`<div class="scroll"><table><caption>${caption}</caption>
<thead><tr>${head.map((cell, i) => markup`<th scope="col"${i > 0 && markup` class="number"`}>${cell}</th>`)}</tr></thead>
<tbody>${rows.map(
    (
      row,
    ) => markup`<tr>${row.map((cell, i) => (i === 0 ? markup`<th scope="row">${cell}</th>` : markup`<td class="number">${typeof cell === 'string' ? unbroken(cell) : cell}</td>`))}</tr>
`,
  )}</tbody></table></div>`;
}
