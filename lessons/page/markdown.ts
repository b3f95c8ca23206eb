import highlighter from 'highlight.js/lib/core';
import shell from 'highlight.js/lib/languages/bash';
import typescript from 'highlight.js/lib/languages/typescript';
import { Marked } from 'marked';
import temml from 'temml';
import { type Markup, trusted } from '../../src/report/markup.js';

highlighter.registerLanguage('ts', typescript);
highlighter.registerLanguage('sh', shell);

const marked = new Marked({
  renderer: {
    code: ({ text, lang }) => highlighted(text, lang === 'sh' ? 'sh' : 'ts').markup,
  },
  extensions: [
    {
      name: 'display formula',
      level: 'block',
      start: (text) => text.indexOf('$$'),
      tokenizer(text) {
        const [raw, formula] = /^\$\$([^]+?)\$\$\s*(?:\n|$)/.exec(text) ?? [];
        return raw === undefined ? undefined : { type: 'display formula', raw, formula };
      },
      renderer: ({ formula }) => `<div class="formula">${mathMl(formula as string, true)}</div>`,
    },
    {
      name: 'inline formula',
      level: 'inline',
      start: (text) => text.indexOf('$'),
      tokenizer(text) {
        const [raw, formula] = /^\$([^$\n]+)\$/.exec(text) ?? [];
        return raw === undefined ? undefined : { type: 'inline formula', raw, formula };
      },
      renderer: ({ formula }) => mathMl(formula as string, false),
    },
  ],
});

/** Prose of ours: Markdown, with formulas between dollar signs. */
export function prose(text: string): Markup {
  return trusted(marked.parse(text, { async: false }));
}

/** A caption: Markdown on one line. */
export function caption(text: string): Markup {
  return trusted(marked.parseInline(text, { async: false }));
}

export function highlighted(code: string, language: 'ts' | 'sh'): Markup {
  return trusted(
    `<pre class="code" tabindex="0"><code>${highlighter.highlight(code, { language }).value}</code></pre>`,
  );
}

/** MathML, which browsers draw by themselves. A mistake in a formula ends the lesson. */
function mathMl(formula: string, displayMode: boolean): string {
  return temml.renderToString(formula.trim(), { displayMode, throwOnError: true });
}

/** What a caption or a heading says, without its marks. */
export function plainText(text: string): string {
  return text
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[*`$\\]/g, '')
    .trim();
}
