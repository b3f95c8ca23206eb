const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** East Asian wide and full-width letters (Unicode Standard Annex 11) and emoji. */
const wide =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{1B000}-\u{1B2FF}\u{20000}-\u{3FFFD}]|\p{Emoji_Presentation}|\uFE0F/u;

/** Columns that a text takes in a terminal: two for a wide letter or an emoji, one for another letter with its marks. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** The text itself, or its beginning with an ellipsis, in `most` columns; letters are never cut in two. */
export function shortened(text: string, most: number): string {
  if (displayWidth(text) <= most) return text;
  let [kept, width] = ['', 1];
  for (const { segment } of segmenter.segment(text)) {
    width += graphemeWidth(segment);
    if (width > most) break;
    kept += segment;
  }
  return `${kept}…`;
}

function graphemeWidth(grapheme: string): number {
  if (wide.test(grapheme)) return 2;
  return /^\p{M}*$/u.test(grapheme) || /^[\p{Cc}\p{Cf}]/u.test(grapheme) ? 0 : 1;
}
