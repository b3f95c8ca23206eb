import { createHash } from 'node:crypto';
import { type Markup, markup, trusted } from '../../src/report/markup.js';
import type { Lesson } from './lesson.js';
import { caption, highlighted, plainText, prose } from './markdown.js';
import type { Piece } from './source.js';
import { lessonStyle } from './style.js';

/** What an index says of a lesson: the first heading and the first paragraph of its prose. */
export interface Head {
  readonly title: string;
  readonly summary: string;
}

export function headOf({ pieces, name }: Lesson): Head {
  const [, title, summary] = /^# (.+)\n+([^]*?)(?:\n\n|$)/.exec(pieces[0]?.text ?? '') ?? [];
  if (title === undefined) throw new Error(`Expected '${name}' to begin with '// # Title'.`);
  return { title, summary: summary! };
}

/** A page that stands before or after this one. */
export interface Neighbour {
  readonly href: string;
  readonly title: string;
}

/**
 * A lesson that has run, as one self-contained page: prose, code, and below each paragraph of code what it put out.
 *
 * @param around pages of the same folder that there are.
 */
export function lessonPage(
  lesson: Lesson,
  around: { readonly index?: string; readonly before?: Neighbour; readonly after?: Neighbour },
): string {
  const { title } = headOf(lesson);
  const scripts = lesson.outputs.flatMap(({ script }) => script ?? []);
  return wholePage(
    plainText(title),
    markup`${around.index && markup`<p class="kicker"><a href="${around.index}">All lessons</a></p>`}
${bodyOf(lesson)}
<footer>
<p class="soft">Every figure on this page was made by the code above it: <code>npm run lesson ${lesson.name}</code> makes it again from <code>lessons/${lesson.name}.ts</code>.</p>
<nav class="neighbours">${around.before && markup`<a rel="prev" href="${around.before.href}">← ${caption(around.before.title)}</a>`}${around.after && markup`<a rel="next" href="${around.after.href}">${caption(around.after.title)} →</a>`}</nav>
</footer>`,
    scripts,
  );
}

function bodyOf({ pieces, outputs }: Lesson): Markup[] {
  const parts: Markup[] = [];
  let code: string[] = [];
  const endCode = () => {
    if (code.length > 0) parts.push(listing(code.join('\n\n')));
    code = [];
  };
  for (const piece of pieces) {
    if (piece.kind === 'prose') {
      endCode();
      parts.push(prose(piece.text));
    } else if (!piece.text.startsWith('export default')) {
      code.push(piece.text);
      const own = outputs.filter(({ line }) => line >= piece.first && line <= piece.last);
      if (own.length > 0) endCode();
      parts.push(...own.map(({ content }) => content));
    }
  }
  endCode();
  return [...parts, ...strays(pieces, outputs)];
}

/** Code; imports are folded away, for they are the same on every page. */
function listing(code: string): Markup {
  const shown = highlighted(code, 'ts');
  return code.startsWith('import ')
    ? markup`<details class="imports"><summary>What the code imports</summary>${shown}</details>`
    : shown;
}

/** Outputs of a line that no paragraph holds would be lost without a word. */
function strays(pieces: readonly Piece[], outputs: Lesson['outputs']): Markup[] {
  const last = pieces.at(-1)?.last ?? 0;
  return outputs.filter(({ line }) => line > last).map(({ content }) => content);
}

/** The frame of every page: nothing is loaded from anywhere, and no script runs but its own. */
export function wholePage(title: string, body: Markup, scripts: readonly string[] = []): string {
  const allowed = scripts.map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
  const policy = `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src ${allowed.join(' ') || "'none'"}`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${trusted(policy)}">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${trusted(lessonStyle)}</style>
</head>
<body>
<main>
${body}
</main>
${scripts.map((script) => markup`<script>${trusted(script)}</script>\n`)}</body>
</html>
`.markup;
}
