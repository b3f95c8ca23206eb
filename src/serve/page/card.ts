import { ApiError, type Model, type PictureAnswer, predict } from './api.js';
import { element, percent } from './dom.js';

/** A picture with all that is said of it. */
export function addCard(list: HTMLElement, picture: Blob, name: string, model: () => Model): Promise<void> {
  const card = element('li', { class: 'card', 'aria-busy': 'true' });
  const url = URL.createObjectURL(picture);
  const preview = element('img', { src: url, alt: name, class: 'seen' });
  preview.addEventListener('load', () => URL.revokeObjectURL(url));
  preview.addEventListener('error', () => preview.remove()); // a kind that the browser doesn't show
  const body = element('div', { class: 'said' }, element('p', { class: 'soft' }, 'Looking …'));
  card.append(element('figure', {}, preview), body);
  list.prepend(card);
  return fill(card, picture, name, model);
}

async function fill(
  card: HTMLElement,
  picture: Blob,
  name: string,
  model: () => Model,
  className?: string,
): Promise<void> {
  card.setAttribute('aria-busy', 'true');
  try {
    const answer = await predict(picture, className);
    const again = (label: string) => void fill(card, picture, name, model, label);
    card.replaceChildren(figureOf(answer, name), saidOf(answer, name, again));
  } catch (error) {
    const message = error instanceof ApiError ? error.message : String(error);
    const figure = card.querySelector('figure') ?? element('figure');
    card.replaceChildren(
      figure,
      element(
        'div',
        { class: 'said' },
        element('h3', {}, name),
        element('p', { class: 'wrong', role: 'alert' }, message),
      ),
    );
  } finally {
    card.removeAttribute('aria-busy');
  }
}

/** The picture as the network saw it, and on demand the map over it. */
function figureOf({ images, map }: PictureAnswer, name: string): HTMLElement {
  if (!images || !map) return element('figure');
  const about = `places that speak for ${map.class} (orange) and against it (blue)`;
  const seen = element('img', { src: images.seen, alt: name, class: 'seen' });
  const over = element('img', { src: images.map, alt: `${name}: ${about}`, class: 'seen', hidden: true });
  const toggle = element('button', { type: 'button', 'aria-pressed': 'false', class: 'toggle' }, 'Show why');
  const caption = element(
    'figcaption',
    { hidden: true },
    `Why ${map.class}: orange speaks for it, blue against.`,
  );
  toggle.addEventListener('click', () => {
    const isShown = over.hidden;
    over.hidden = !isShown;
    seen.hidden = isShown;
    caption.hidden = !isShown;
    toggle.setAttribute('aria-pressed', String(isShown));
    toggle.textContent = isShown ? 'Show the picture' : 'Show why';
  });
  return element('figure', {}, seen, over, toggle, caption);
}

function saidOf(answer: PictureAnswer, name: string, again: (label: string) => void): HTMLElement {
  const [first] = answer.predictions;
  const said = element('div', { class: 'said' });
  said.append(
    element('h3', {}, element('span', { class: 'answer' }, first!.label), ` ${percent(first!.probability)}`),
    element('p', { class: 'soft name' }, name),
  );
  if (answer.unlike?.isUnlike) said.append(element('p', { class: 'remark unlike' }, answer.unlike.text));
  if (answer.plain) {
    said.append(element('p', { class: 'remark' }, 'A single colour: there is nothing in it to classify.'));
  }
  said.append(barsOf(answer, again));
  if (answer.nearest && answer.nearest.length > 0) said.append(nearestOf(answer.nearest));
  return said;
}

/** One row a class; pressing it asks for the map of that class. */
function barsOf({ predictions, map }: PictureAnswer, again: (label: string) => void): HTMLElement {
  const rows = predictions.map(({ label, probability }) => {
    const meter = element('meter', { min: '0', max: '1', value: String(probability), 'aria-hidden': 'true' });
    const isAsked = map?.class === label;
    const button = element(
      'button',
      {
        type: 'button',
        class: 'class',
        'aria-pressed': String(isAsked),
        title: `The map of ${label}`,
        onclick: () => again(label),
      },
      element('span', { class: 'label' }, label),
      meter,
      element('span', { class: 'number' }, percent(probability)),
    );
    return element('li', {}, button);
  });
  return element('ul', { class: 'classes', 'aria-label': 'Likeliest classes; each shows its map' }, ...rows);
}

function nearestOf(nearest: NonNullable<PictureAnswer['nearest']>): HTMLElement {
  const items = nearest.map(({ label, similarity, picture }) =>
    element(
      'li',
      {},
      element('img', {
        src: picture,
        alt: `training picture of ${label}`,
        loading: 'lazy',
        width: '96',
        height: '96',
      }),
      element('span', {}, label),
      element('span', { class: 'soft' }, similarity.toFixed(2)),
    ),
  );
  return element(
    'section',
    { class: 'nearest' },
    element('h4', {}, 'Nearest training pictures'),
    element('ul', {}, ...items),
  );
}
