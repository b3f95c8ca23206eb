import path from 'node:path';

/** The relative links of a Markdown document that lead to no file, or to no heading of one. Paths have forward slashes. */
export function brokenLinks(
  document: string,
  read: (file: string) => string,
  exists: (file: string) => boolean,
): string[] {
  return relativeLinks(read(document)).filter((link) => {
    const [target = '', anchor] = link.split('#');
    const file =
      target === '' ? document : path.posix.normalize(path.posix.join(path.posix.dirname(document), target));
    if (!exists(file)) return true;
    return anchor !== undefined && file.endsWith('.md') && !anchorsOf(read(file)).has(anchor);
  });
}

function relativeLinks(text: string): string[] {
  const targets = [...withoutCode(text).matchAll(/\]\(<?([^)\s>]+)>?[^)]*\)/g)].map(([, target]) => target!);
  return targets.filter((target) => !/^[a-z][a-z+.-]*:/i.test(target));
}

/** Fenced and indented blocks and `spans` show links rather than being some. */
function withoutCode(text: string): string {
  return text
    .replace(/^```[\s\S]*?^```/gm, '')
    .replace(/^ {4}.*$/gm, '')
    .replace(/`[^`\n]*`/g, '');
}

/** As GitHub makes them of headings. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading!);
  return new Set(
    headings.map((heading) => {
      const words = heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '');
      return words.trim().replaceAll(' ', '-');
    }),
  );
}
