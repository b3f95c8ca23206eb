import { markup } from '../../src/report/markup.js';
import type { Lesson } from './lesson.js';
import { caption, prose } from './markdown.js';
import { headOf, wholePage } from './page.js';

/** The page that a course links to: each lesson with what it shows and one of its figures. */
export function indexPage(lessons: readonly Lesson[]): string {
  const entries = lessons.map((lesson) => {
    const { title, summary } = headOf(lesson);
    const href = `${lesson.name}.html`;
    return markup`<article>
<h2><a href="${href}">${Number.parseInt(lesson.name)}. ${caption(title)}</a></h2>
<div class="beside"><div class="cover">${lesson.cover}</div><div>${prose(summary)}</div></div>
</article>`;
  });
  return wholePage(
    'Lessons on convolutional networks',
    markup`<h1>Lessons on convolutional networks</h1>
<p class="lead">What a course on convolutional networks works out on the blackboard, each idea beside the code that makes it happen. Change a number in a lesson’s file, run it again, and see what changes.</p>
${entries}
<footer><p class="soft">Made by <code>npm run lessons</code> from the files in <code>lessons/</code>.</p></footer>`,
  );
}
