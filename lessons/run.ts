/**
 * Runs lessons and writes their pages.
 *
 *     npm run lesson 5                     one lesson, by number or name
 *     npm run lessons                      all of them, and an index
 *     npm run lesson -- 5 --out FOLDER     elsewhere than runs/lessons
 *
 * --data FOLDER has data that do not come with the project: FOLDER/mnist with the four idx files of the digits,
 * FOLDER/pets/{train,test}/CLASS/* with photographs. Without it the lessons draw their own.
 * --quick does less work where a lesson measures or trains: for tests.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { didYouMean, UserError } from '../src/runtime/errors.js';
import { makeFolder } from '../src/runtime/make-folder.js';
import { scriptArguments } from '../scripts/helpers/arguments.js';
import { indexPage } from './page/index-page.js';
import type { Lesson } from './page/lesson.js';
import { headOf, lessonPage, type Neighbour } from './page/page.js';

const folder = path.dirname(fileURLToPath(import.meta.url));
const names = fs
  .readdirSync(folder)
  .filter((name) => /^\d\d-.*\.ts$/.test(name))
  .map((name) => name.replace('.ts', ''))
  .sort();

const { values: given, positionals } = scriptArguments(import.meta.url, {
  allowPositionals: true,
  options: {
    all: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    data: { type: 'string' },
    out: { type: 'string', default: 'runs/lessons' },
  },
});
if (positionals.length === 0 && !given.all) {
  throw new UserError(
    `Expected the number or name of a lesson: ${names.join(', ')}.`,
  );
}
if (given.data !== undefined && !fs.existsSync(given.data)) {
  throw new UserError(
    `Expected a folder of data sets at '${given.data}' but nothing is there: check the path.`,
  );
}
const wanted = given.all ? names : positionals.map(nameOf);
makeFolder(given.out);

const lessons: Lesson[] = [];
for (const name of wanted) {
  const begin = performance.now();
  const { default: lesson } = (await import(`./${name}.ts`)) as { default: Lesson };
  lessons.push(lesson);
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  console.log(
    `${path.join(given.out, `${name}.html`)}  ${headOf(lesson).title} (${seconds} s)`,
  );
}
for (const [i, lesson] of lessons.entries()) {
  const around = given.all
    ? {
        index: 'index.html',
        ...neighbour('before', lessons[i - 1]),
        ...neighbour('after', lessons[i + 1]),
      }
    : {};
  fs.writeFileSync(
    path.join(given.out, `${lesson.name}.html`),
    lessonPage(lesson, around),
  );
}
if (given.all) {
  fs.writeFileSync(path.join(given.out, 'index.html'), indexPage(lessons));
  console.log(path.join(given.out, 'index.html'));
}

/** `5`, `05`, `backward-pass` or `05-backward-pass`. */
function nameOf(text: string): string {
  const known = names.find(
    (name) =>
      name === text ||
      name.slice(3) === text ||
      (/^\d+$/.test(text) && Number.parseInt(name) === Number(text)),
  );
  if (known !== undefined) return known;
  const forms = names.flatMap((name) => [name, name.slice(3)]);
  throw new UserError(
    `Expected one of the lessons 1 to ${names.length} but got '${text}'.${didYouMean(text, forms) || ` They are ${names.join(', ')}.`}`,
  );
}

function neighbour(
  side: 'before' | 'after',
  lesson?: Lesson,
): Partial<Record<typeof side, Neighbour>> {
  return lesson
    ? { [side]: { href: `${lesson.name}.html`, title: headOf(lesson).title } }
    : {};
}
