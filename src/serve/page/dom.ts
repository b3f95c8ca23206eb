/** The element of that id; the page's own, so it is there. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

type Attributes = Readonly<Record<string, string | boolean | (() => void)>>;

/** A new element; `on…` are listeners, true and false set and leave out an attribute. Texts are never read as markup. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name.replace(/^on/, ''), value);
    else if (typeof value === 'string') made.setAttribute(name, value);
    else if (value) made.setAttribute(name, '');
  }
  made.append(...children);
  return made;
}

/** `96.7 %`, on one line; what is not quite all, or nothing, is never rounded to it. */
export function percent(share: number): string {
  const text = (100 * share).toFixed(1);
  if (text === '100.0' && share < 1) return '>\u00A099.9\u00A0%';
  if (text === '0.0' && share > 0) return '<\u00A00.1\u00A0%';
  return `${text}\u00A0%`;
}

/** `1 picture`, `2 pictures`. */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${count.toLocaleString('en-GB')} ${count === 1 ? singular : plural}`;
}

/** Says something to everybody, those who cannot see the page among them. */
export function say(text: string): void {
  byId('status').textContent = text;
}
