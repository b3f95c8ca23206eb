import { cropped, framed } from './draw-box.js';
import type { Picture } from './filters.js';
import type { Sight } from './look.js';
import { tileSheet } from './tile-sheet.js';

interface Found {
  readonly network: string;
  readonly filters?: { readonly layer: string; readonly filters: readonly Picture[] };
  readonly sight: Sight;
  readonly drawn: readonly { readonly name: string; readonly picture: Picture }[];
  readonly seen: ReadonlyMap<string, Picture>;
}

/** Contact sheets as PNGs, by name; those that there is something for. */
export async function lookSheets({
  network,
  filters,
  sight,
  drawn,
  seen,
}: Found): Promise<Map<string, Buffer>> {
  const sheets = new Map<string, Buffer>();
  if (filters) {
    const row = { heading: 'Each filter on a scale of its own; grey is 0', tiles: filters.filters };
    sheets.set('filters', await tileSheet(`${network}: filters of ${filters.layer}`, [row], 56));
  }
  if (sight.shown.length > 0) {
    const rows = sight.shown.flatMap(({ path, picture, layers }) => [
      { heading: path, tiles: [picture] },
      ...layers.map(({ layer, channels, maps }) => ({
        heading: `${layer}, ${maps[0]!.height} × ${maps[0]!.width} places`,
        tiles: maps.map((map, i) => ({ ...map, under: `${channels[i]}` })),
      })),
    ]);
    sheets.set(
      'maps',
      await tileSheet(`${network}: maps; white is a channel's most in the picture`, rows, 112),
    );
  }
  const rows = sight.units.flatMap(({ layer, channel, pictures }) => {
    const own = drawn.filter(({ name }) => name === `${layer}:${channel}`);
    const wholes = pictures.map(({ path, box, value }) => {
      return { ...framed(seen.get(path)!, box), under: `${value.toFixed(1)}  ${path}` };
    });
    return [
      { heading: `${layer}:${channel}, in pictures`, tiles: wholes },
      {
        heading: 'what it sees of them, and a picture drawn for it',
        tiles: [
          ...pictures.map(({ path, box }) => cropped(seen.get(path)!, box)),
          ...own.map((one) => one.picture),
        ],
      },
    ];
  });
  const alone = drawn.filter(
    ({ name }) => !sight.units.some((unit) => `${unit.layer}:${unit.channel}` === name),
  );
  if (alone.length > 0) {
    rows.push({
      heading: 'Drawn by gradient ascent',
      tiles: alone.map(({ name, picture }) => ({ ...picture, under: name })),
    });
  }
  if (rows.length > 0) sheets.set('units', await tileSheet(`${network}: what excites units most`, rows, 152));
  return sheets;
}
