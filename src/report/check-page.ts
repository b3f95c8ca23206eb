import type { CheckedCopies, CheckedLabel, FolderCheck } from '../runs/folder-check.js';
import { htmlPage } from './html-page.js';
import { breakable, type Markup, markup } from './markup.js';
import { percent, percentRange, thousands, unbroken } from './text.js';
import { type Thumbnails, thumbnailsOf } from './thumbnails.js';
import { verdictOf } from './check-text.js';

const most = { copies: 40, inGroup: 6, labels: 36, listed: 200 } as const;

/**
 * What is to be known of a folder before training on it, as one self-contained page: no scripts, nothing loaded.
 *
 * @param thumbnail a picture of the folder as a small JPEG; undefined when it cannot be read any more.
 */
export async function checkPage(
  check: FolderCheck,
  thumbnail: (path: string) => Promise<Uint8Array | undefined>,
): Promise<string> {
  const thumbnails = thumbnailsOf({ thumbnail });
  const sections = [
    adviceSection(check),
    await copiesSection(check, thumbnails),
    await labelsSection(check, thumbnails),
    shortcutsSection(check),
    classesSection(check),
    brokenSection(check),
  ];
  const header = markup`<header>
<p class="kicker">${check.folder} · ${thousands(check.pictures)} pictures · ${check.classes.length} classes</p>
<h1>${verdictOf(check)}</h1>
</header>`;
  return htmlPage(`${check.folder}: ${verdictOf(check)}`, [header, ...sections]);
}

function adviceSection({ advice }: FolderCheck): Markup {
  if (advice.length === 0) return markup`<p class="lead">Nothing speaks against training on it.</p>`;
  const items = advice.map(
    ({ finding, todo, grave }) =>
      markup`<p class="${grave ? 'note' : 'note mild'}">${unbroken(finding)} <b>${unbroken(todo)}</b></p>`,
  );
  return markup`<aside aria-label="What to do">${items}</aside>`;
}

async function copiesSection({ copies, layout }: FolderCheck, thumbnails: Thumbnails): Promise<Markup> {
  if (copies.length === 0) {
    return markup`<section><h2>Copies</h2><p>No photograph was found twice.</p></section>`;
  }
  const worst = [...copies].sort((a, b) => rank(b) - rank(a));
  const figures: Markup[] = [];
  for (const group of worst.slice(0, most.copies)) figures.push(await groupFigure(group, layout, thumbnails));
  const more = copies.length - figures.length;
  return markup`<section><h2>Copies</h2>
<p>The same photograph more than once; also resized, recompressed, cropped, mirrored or turned. First those under several classes, then those on both sides of the split.</p>
<div class="pairs">${figures}</div>${more > 0 && markup`<p class="soft small">and ${thousands(more)} more, all of them with --json.</p>`}</section>`;
}

function rank({ acrossClasses, acrossParts }: CheckedCopies): number {
  return (acrossClasses ? 2 : 0) + (acrossParts ? 1 : 0);
}

async function groupFigure(
  { pictures, kinds, acrossClasses, acrossParts }: CheckedCopies,
  layout: FolderCheck['layout'],
  thumbnails: Thumbnails,
): Promise<Markup> {
  const images: Markup[] = [];
  for (const { path } of pictures.slice(0, most.inGroup)) images.push(await thumbnails(path, path));
  const more = pictures.length - images.length;
  const faults = [
    acrossClasses && 'under several classes',
    acrossParts && layout === 'parts' && 'on both sides of the split',
  ].filter((fault) => fault !== false);
  return markup`<figure>${images}<figcaption><b>${kinds.join(', ')}</b>${faults.length > 0 && markup` · <span class="fault">${faults.join(', ')}</span>`}${pictures
    .slice(0, most.inGroup)
    .map(
      ({ path }) => markup`<br>${breakable(path)}`,
    )}${more > 0 && markup`<br>and ${more} more`}</figcaption></figure>`;
}

async function labelsSection({ labels, pictures }: FolderCheck, thumbnails: Thumbnails): Promise<Markup> {
  const { suspicious, agreement, why } = labels;
  if (why !== undefined) {
    return markup`<section><h2>Labels</h2><p>Not judged: ${why}</p></section>`;
  }
  const how = markup`<p class="soft">Every picture was judged by a classifier that has learned from others only, by cross-validation${agreement !== undefined && unbroken(`: it agrees with ${percent(agreement)} of the ${thousands(pictures)} labels`)}. Those that it contradicts most surely come first.</p>`;
  if (suspicious.length === 0) {
    return markup`<section><h2>Labels</h2>${how}<p>No label is contradicted with confidence.</p></section>`;
  }
  const items: Markup[] = [];
  for (const one of suspicious.slice(0, most.labels)) items.push(await labelItem(one, thumbnails));
  const more = suspicious.length - items.length;
  return markup`<section><h2>In the wrong folder?</h2>${how}
<ol class="gallery">${items}</ol>${more > 0 && markup`<p class="soft small">and ${thousands(more)} more, all of them with --json.</p>`}</section>`;
}

async function labelItem(
  { path, label, looksLike, probability }: CheckedLabel,
  thumbnails: Thumbnails,
): Promise<Markup> {
  const picture = await thumbnails(path, `filed under ${label}, looks like ${looksLike}`);
  return markup`<li>${picture}<dl><dt>is</dt><dd>${breakable(label)}</dd><dt>like</dt><dd class="wrong">${breakable(looksLike)} <span class="sure">${unbroken(percent(probability))}</span></dd></dl><p class="path">${breakable(path)}</p></li>
`;
}

function shortcutsSection({ shortcuts }: FolderCheck): Markup | undefined {
  const [first] = shortcuts;
  if (!first) return undefined;
  const rows = shortcuts.map(
    ({ fact, accuracy, ci95, tells }) =>
      markup`<tr><th scope="row">${fact}</th><td class="number">${unbroken(percent(accuracy))}</td><td class="number wide">${unbroken(percentRange(ci95))}</td><td>${tells ? markup`<span class="fault">gives the class away</span>` : 'no'}</td></tr>`,
  );
  return markup`<section><h2>Shortcuts</h2>
<p>What tells the class without looking at what a picture shows, each fact alone. A network may learn it instead.</p>
<table><caption>Pictures told rightly, cross-validated. Always answering the most frequent class gets ${unbroken(percent(first.majority))}.</caption>
<thead><tr><th scope="col">fact</th><th scope="col" class="number">told rightly</th><th scope="col" class="number wide">95 % interval</th><th scope="col">a shortcut</th></tr></thead>
<tbody>${rows}</tbody></table></section>`;
}

function classesSection({ classes, layout }: FolderCheck): Markup {
  const parts = layout === 'parts' ? [...new Set(classes.flatMap((one) => Object.keys(one.parts)))] : [];
  return markup`<section><h2>Classes</h2><table>
<thead><tr><th scope="col">class</th><th scope="col" class="number">pictures</th>${parts.map((part) => markup`<th scope="col" class="number">${part}</th>`)}</tr></thead>
<tbody>${classes.map(
    (one) =>
      markup`<tr><th scope="row">${breakable(one.label)}</th><td class="number">${thousands(one.pictures)}</td>${parts.map((part) => markup`<td class="number">${thousands(one.parts[part] ?? 0)}</td>`)}</tr>`,
  )}</tbody></table></section>`;
}

function brokenSection({ broken }: FolderCheck): Markup | undefined {
  if (broken.length === 0) return undefined;
  const more = broken.length - most.listed;
  return markup`<section><h2>Files that cannot be used</h2><ul class="small">${broken
    .slice(0, most.listed)
    .map(
      ({ path, reason }) => markup`<li><code>${breakable(path)}</code> ${reason}</li>`,
    )}${more > 0 && markup`<li>and ${thousands(more)} more</li>`}</ul></section>`;
}
