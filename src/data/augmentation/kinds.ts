import { didYouMean, UserError } from '../../runtime/errors.js';

/** Ways in which a training picture may be altered without its class becoming another. */
export const alterationNames = ['mirror', 'crop', 'turn', 'colour', 'lighting', 'erase'] as const;
export type AlterationName = (typeof alterationNames)[number];

/** What `--augment` asks for. */
export interface Augmentation {
  /** In the order of `alterationNames`. */
  readonly alterations: readonly AlterationName[];
  /** The least share of a picture's area that a crop shows. */
  readonly leastArea: number;
  /** Whether pictures are blended in pairs, labels too: only training in steps can. */
  readonly mixup: boolean;
}

/** Sets of alterations under one name; a list may hold them beside single ones. */
const presets = {
  none: [],
  light: ['mirror', 'crop'],
  strong: alterationNames,
} as const satisfies Record<string, readonly AlterationName[]>;

/** What a list may hold. */
export const augmentationNames = [...Object.keys(presets), ...alterationNames, 'mixup'];

/** The least area that a crop shows: of `light`, and else. */
const [gentleArea, usualArea] = [0.64, 0.35];

/**
 * Reads `none`, `light`, `strong`, or a list with commas of these and of single alterations, such as `light,colour`.
 *
 * @throws UserError for a name that is none of them, with the nearest.
 */
export function augmentationOf(text: string): Augmentation {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !augmentationNames.includes(name));
  if (unknown !== undefined) {
    throw new UserError(
      `Expected --augment to be ${augmentationNames.join(', ')} or several with commas but received '${unknown}'.${didYouMean(unknown, augmentationNames)}`,
    );
  }
  if (names.includes('none') && names.length > 1) {
    throw new UserError(`Expected --augment none to stand alone but received '${text}'.`);
  }
  const asked = names.flatMap((name): readonly string[] =>
    Object.hasOwn(presets, name) ? presets[name as keyof typeof presets] : [name],
  );
  return {
    alterations: alterationNames.filter((name) => asked.includes(name)),
    leastArea:
      names.includes('light') && !names.includes('crop') && !names.includes('strong')
        ? gentleArea
        : usualArea,
    mixup: asked.includes('mixup'),
  };
}

/** In words for people: what is done to a training picture. */
export function augmentationText({ alterations, leastArea, mixup }: Augmentation): string {
  const texts: Record<AlterationName, string> = {
    mirror: 'mirrored half of the time',
    crop: `cropped to ${Math.round(100 * leastArea)} to 100 % of the area`,
    turn: 'turned by up to 15°',
    colour: 'brightness, contrast and saturation changed by up to 30 %',
    lighting: 'light changed along the principal components of colour',
    erase: 'a rectangle erased half of the time',
  };
  return [...alterations.map((name) => texts[name]), ...(mixup ? ['blended in pairs'] : [])].join(', ');
}
