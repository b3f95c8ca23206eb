import type { ImagenetClass } from './imagenet-classes.js';

/** A class of the user's that has the name of one of ImageNet's. */
export interface ImagenetNamesake extends ImagenetClass {
  readonly label: string;
}

/**
 * Which classes have the name of one of ImageNet's 1000: one of its words or synonyms, whatever the case, blanks, hyphens and a
 * plural (`bees`), or two or more whole words that such a name begins or ends with (`german_shorthaired` of 'German
 * short-haired pointer'). Names alone say so: a class may be ImageNet's under another name, or another thing of the same.
 */
export function imagenetNamesakes(
  labels: readonly string[],
  classes: readonly ImagenetClass[],
): ImagenetNamesake[] {
  const whole = new Map<string, ImagenetClass>();
  const parts = new Map<string, ImagenetClass>();
  const keep = (map: Map<string, ImagenetClass>, words: readonly string[], one: ImagenetClass) => {
    const key = words.join('');
    if (!map.has(key)) map.set(key, one);
  };
  for (const one of classes) {
    for (const name of one.name.split(', ')) {
      const words = wordsOf(name);
      keep(whole, words, one);
      for (let count = 2; count < words.length; count++) {
        keep(parts, words.slice(0, count), one);
        keep(parts, words.slice(-count), one);
      }
    }
  }
  return labels.flatMap((label) => {
    const words = wordsOf(label);
    const names = singularsOf(words.join(''));
    const find = (map: Map<string, ImagenetClass>) => names.flatMap((name) => map.get(name) ?? [])[0];
    const found = find(whole) ?? (words.length > 1 ? find(parts) : undefined);
    return found ? [{ label, ...found }] : [];
  });
}

function wordsOf(name: string): string[] {
  return name
    .toLowerCase()
    .replace(/['’.]/g, '')
    .split(/[\s_-]+/)
    .filter(Boolean);
}

/** The name itself, and what it may be the plural of. */
function singularsOf(name: string): string[] {
  const ends = [/ies$/, /es$/, /s$/].filter((end) => name.length > 3 && end.test(name));
  return [name, ...ends.map((end) => name.replace(end, end.source === 'ies$' ? 'y' : ''))];
}
