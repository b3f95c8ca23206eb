import displayWidth from 'string-width';

/** Columns that a text takes in a terminal: two for a wide letter or an emoji, one for another letter with its marks. */
export { displayWidth };

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The text itself, or its beginning with an ellipsis, in `most` columns; letters are never cut in two. */
export function shortened(text: string, most: number): string {
  if (displayWidth(text) <= most) return text;
  let [kept, width] = ['', 1];
  for (const { segment } of segmenter.segment(text)) {
    width += displayWidth(segment);
    if (width > most) break;
    kept += segment;
  }
  return `${kept}…`;
}
