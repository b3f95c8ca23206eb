import { type Markup, markup } from '../../src/report/markup.js';
import type { Lesson } from './lesson.js';
import { caption, prose } from './markdown.js';
import { headOf, wholePage } from './page.js';
import { type Topic, topics } from './topics.js';

/** The page that a course links to: by topic, each lesson with what it shows and one of its figures. */
export function indexPage(lessons: readonly Lesson[]): string {
  const byNumber = new Map(lessons.map((lesson) => [Number.parseInt(lesson.name), lesson]));
  return wholePage(
    'Lessons on convolutional networks',
    markup`<h1>Lessons on convolutional networks</h1>
<p class="lead">What a course on convolutional networks works out on the blackboard, each idea beside the code that makes it happen. Change a number in a lesson’s file, run it again, and see what changes.</p>
${topics.map((topic) => section(topic, byNumber))}
<footer><p class="soft">Made by <code>npm run lessons</code> from the files in <code>lessons/</code>.</p></footer>`,
  );
}

function section({ title, lessons: [first, last], figures }: Topic, byNumber: Map<number, Lesson>): Markup {
  const own = [...byNumber].filter(([number]) => number >= first && number <= last);
  const found = figures.flatMap(([what, number]) => {
    const lesson = byNumber.get(number);
    return lesson ? markup`<li><a href="${lesson.name}.html">${what}</a></li> ` : [];
  });
  return markup`<section>
<h2>${title}</h2>
<ul class="where" aria-label="Where to find what">${found}</ul>
${own.map(([number, lesson]) => entry(number, lesson))}
</section>`;
}

function entry(number: number, lesson: Lesson): Markup {
  const { title, summary } = headOf(lesson);
  return markup`<article>
<h3><a href="${lesson.name}.html">${number}. ${caption(title)}</a></h3>
<div class="beside"><div class="cover">${lesson.cover}</div><div>${prose(summary)}</div></div>
</article>`;
}
