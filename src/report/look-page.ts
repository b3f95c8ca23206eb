import sharp from '../runtime/sharp.js';
import { cropped, framed } from '../explain/draw-box.js';
import type { Picture } from '../explain/filters.js';
import type { Sight } from '../explain/look.js';
import { htmlPage } from './html-page.js';
import { breakable, type Markup, markup } from './markup.js';

interface Found {
  readonly network: string;
  readonly filters?: { readonly layer: string; readonly filters: readonly Picture[] };
  readonly sight: Sight;
  readonly drawn: readonly { readonly name: string; readonly picture: Picture }[];
  readonly seen: ReadonlyMap<string, Picture>;
}

const style = `
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(var(--tile, 92px), 1fr)); gap: 10px 8px; margin: 10px 0 22px; padding: 0; list-style: none; }
.tiles li { font-size: 12px; line-height: 1.35; color: var(--soft); min-width: 0; overflow-wrap: anywhere; }
.tiles img { display: block; width: 100%; height: auto; aspect-ratio: 1; object-fit: contain; background: var(--panel); border-radius: 3px; margin-bottom: 3px; }
.tiles.filters { --tile: 44px; gap: 5px; } .tiles.filters img, .tiles .few { image-rendering: pixelated; } .tiles.large { --tile: 128px; }
.looked { max-width: 224px; width: 100%; height: auto; border-radius: 6px; display: block; margin-bottom: 12px; }
`;

/** What a network looks for and what it finds in pictures, as one self-contained page. */
export async function lookPage({ network, filters, sight, drawn, seen }: Found): Promise<string> {
  const sections = [
    filters && (await filtersSection(filters)),
    await mapsSection(sight),
    await unitsSection(sight, drawn, seen),
    await drawnSection(sight, drawn),
  ];
  const heading = markup`<h1>What ${breakable(network)} looks for</h1>
${sight.pictures > 0 && markup`<p class="lead">Looked at ${sight.pictures} ${sight.pictures === 1 ? 'picture' : 'pictures'}.</p>`}`;
  return htmlPage(
    `What ${network} looks for`,
    [heading, ...sections.map((section) => section || undefined)],
    style,
  );
}

async function filtersSection({ layer, filters }: NonNullable<Found['filters']>): Promise<Markup> {
  const tiles = [];
  for (const [i, filter] of filters.entries()) {
    tiles.push(markup`<li>${await image(filter, `Filter ${i} of ${layer}`, filter.width)}</li>`);
  }
  return markup`<section><h2>The first filters</h2>
<p>The weights of <b>${layer}</b> as pictures, each on a scale of its own: grey is 0.</p>
<ul class="tiles filters">${tiles}</ul></section>`;
}

async function mapsSection({ shown }: Sight): Promise<Markup | undefined> {
  if (shown.length === 0) return undefined;
  const parts: Markup[] = [];
  for (const { path, picture, layers } of shown) {
    const maps: Markup[] = [];
    for (const one of layers) {
      const tiles = [];
      for (const [i, map] of one.maps.entries()) {
        const channel = one.channels[i]!;
        tiles.push(markup`<li>${await image(map, `Channel ${channel} of ${one.layer}`, 112)}${channel}</li>`);
      }
      const [first] = one.maps;
      maps.push(markup`<p class="small soft">${one.layer}, ${first!.height} × ${first!.width} places</p>
<ul class="tiles">${tiles}</ul>`);
    }
    parts.push(markup`<h3>${breakable(path)}</h3>${await image(picture, path, 224, 'looked')}${maps}`);
  }
  return markup`<section><h2>Maps</h2>
<p>White is where a channel finds most of what it looks for in this picture, black where it finds nothing. Of each layer the channels whose answers differ most between the pictures.</p>${parts}</section>`;
}

async function unitsSection(
  { units }: Sight,
  drawn: Found['drawn'],
  seen: Found['seen'],
): Promise<Markup | undefined> {
  if (units.length === 0) return undefined;
  const parts: Markup[] = [];
  for (const { layer, channel, pictures } of units) {
    const name = `${layer}:${channel}`;
    const tiles: Markup[] = [];
    for (const { picture } of drawn.filter((one) => one.name === name)) {
      tiles.push(markup`<li>${await image(picture, `Drawn for ${name}`, 160)}drawn for it</li>`);
    }
    for (const { path, value, box } of pictures) {
      const patch = cropped(seen.get(path)!, box);
      tiles.push(
        markup`<li>${await image(patch, `What ${name} sees of ${path}`, 160)}${value.toFixed(1)}</li>`,
      );
      const whole = framed(seen.get(path)!, box);
      tiles.push(
        markup`<li>${await image(whole, `${path}, what ${name} sees framed`, 160)}${breakable(path)}</li>`,
      );
    }
    parts.push(markup`<h3>${name}</h3><ul class="tiles large">${tiles}</ul>`);
  }
  return markup`<section><h2>What excites units most</h2>
<p>For each unit (layer and channel) the picture that gradient ascent drew for it, then of the pictures those that it answers to most: the part that its place sees, with the answer, and the whole with that part framed.</p>${parts}</section>`;
}

async function drawnSection({ units }: Sight, drawn: Found['drawn']): Promise<Markup | undefined> {
  const alone = drawn.filter(
    ({ name }) => !units.some(({ layer, channel }) => `${layer}:${channel}` === name),
  );
  if (alone.length === 0) return undefined;
  const tiles: Markup[] = [];
  for (const { name, picture } of alone) {
    tiles.push(markup`<li>${await image(picture, `Drawn for ${name}`, 224)}${name}</li>`);
  }
  return markup`<section><h2>Drawn by gradient ascent</h2>
<p>Pictures made to excite a unit or a class as much as can be, from noise.</p><ul class="tiles large">${tiles}</ul></section>`;
}

/** Small pictures as they are, larger ones at most `side` wide; photographs as JPEG. */
async function image(
  { rgb, height, width }: Picture,
  description: string,
  side: number,
  kind = '',
): Promise<Markup> {
  const whole = sharp(rgb, { raw: { height, width, channels: 3 } });
  const small = Math.max(height, width) <= 64;
  const encoded = small
    ? await whole.png().toBuffer()
    : await whole
        .resize(side, side, { fit: 'inside', withoutEnlargement: true })
        .jpeg({ quality: 82 })
        .toBuffer();
  const type = small ? 'png' : 'jpeg';
  const classes = [kind, small && Math.max(height, width) <= 28 ? 'few' : ''].filter(Boolean).join(' ');
  return markup`<img class="${classes}" src="data:image/${type};base64,${encoded.toString('base64')}" alt="${description}">`;
}
