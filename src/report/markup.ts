/** A piece of finished HTML or SVG. */
export interface Markup {
  readonly markup: string;
}

type Part = string | number | undefined | false | Markup | readonly Part[];

/**
 * Template tag for HTML and SVG: whatever is filled in is escaped, unless it is Markup itself. So no class name, path
 * or message can break out of the page. Arrays are joined, undefined and false leave nothing.
 */
export function markup(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return { markup: texts.map((text, i) => (i === 0 ? '' : written(parts[i - 1])) + text).join('') };
}

/** A name or path in which a line may end after an underscore, a hyphen or a slash. */
export function breakable(name: string): Markup {
  const pieces = name.split(/(?<=[_/-])(?=[^_/-])/);
  return markup`${pieces.map((piece, i) => markup`${i > 0 && trusted('<wbr>')}${piece}`)}`;
}

/** Text of our own that is no user's, such as a style sheet, taken as it is. */
export function trusted(text: string): Markup {
  return { markup: text };
}

function written(part: Part): string {
  if (part === undefined || part === false) return '';
  if (typeof part === 'string') return escapeMarkup(part);
  if (typeof part === 'number') return String(part);
  if ('markup' in part) return part.markup;
  return part.map(written).join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text made safe for elements and quoted attributes; characters that XML has no place for become U+FFFD. */
export function escapeMarkup(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => entities[character]!)
    .replace(/[^\P{Cc}\t\n\r]|\p{Cs}|[\uFFFE\uFFFF]/gu, '\uFFFD');
}
