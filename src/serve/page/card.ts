import { ApiError, checkMap, correct, type Kept, type Model, type PictureAnswer, predict } from './api.js';
import { element, percent, say } from './dom.js';

/** What a card needs of the page around it. */
export interface Surroundings {
  readonly model: () => Model;
  /** Told when a correction was kept. */
  readonly onKept: (kept: Kept) => void;
}

/** One picture on the page. */
interface Shown {
  readonly card: HTMLElement;
  readonly picture: Blob;
  readonly name: string;
  readonly around: Surroundings;
}

/** A picture with all that is said of it. */
export function addCard(list: HTMLElement, picture: Blob, name: string, around: Surroundings): Promise<void> {
  const card = element('li', { class: 'card' });
  const url = URL.createObjectURL(picture);
  const preview = element('img', { src: url, alt: name, class: 'seen' });
  preview.addEventListener('load', () => URL.revokeObjectURL(url));
  preview.addEventListener('error', () => preview.remove()); // a kind that the browser doesn't show
  const body = element('div', { class: 'said' }, element('p', { class: 'soft' }, 'Looking …'));
  card.append(element('figure', {}, preview), body);
  list.prepend(card);
  return fill({ card, picture, name, around });
}

/** @param className whose map is asked for; without it, the answer's. */
async function fill(shown: Shown, className?: string): Promise<void> {
  const { card, picture, name } = shown;
  card.setAttribute('aria-busy', 'true');
  try {
    const answer = await predict(picture, className);
    const hadFocus = card.contains(document.activeElement);
    card.replaceChildren(figureOf(answer, shown, className !== undefined), saidOf(answer, shown));
    if (hadFocus) card.querySelector<HTMLElement>('.class[aria-pressed=true]')?.focus();
  } catch (error) {
    const message = error instanceof ApiError ? error.message : String(error);
    const said = element('div', { class: 'said' }, element('h3', {}, name));
    said.append(element('p', { class: 'wrong', role: 'alert' }, message));
    card.replaceChildren(card.querySelector('figure') ?? element('figure'), said);
  } finally {
    card.removeAttribute('aria-busy');
  }
}

/** The picture as the network saw it, and on demand the map over it. */
function figureOf({ images, map }: PictureAnswer, { picture, name }: Shown, isAsked: boolean): HTMLElement {
  if (!images || !map) return element('figure');
  const about = `places that speak for ${map.class} (orange) and against it (blue)`;
  const seen = element('img', { src: images.seen, alt: name, class: 'seen' });
  const over = element('img', { src: images.map, alt: `${name}: ${about}`, class: 'seen' });
  const toggle = element('button', { type: 'button', class: 'toggle' });
  const verdict = element('p', { class: 'soft', 'aria-live': 'polite' });
  const check = element('button', { type: 'button', class: 'toggle' }, 'Check this map');
  const why = element(
    'div',
    {},
    element('figcaption', {}, `Why ${map.class}: orange speaks for it, blue against.`),
    check,
    verdict,
  );
  const show = (isShown: boolean) => {
    [over.hidden, seen.hidden, why.hidden] = [!isShown, isShown, !isShown];
    toggle.setAttribute('aria-pressed', String(isShown));
    toggle.textContent = isShown ? 'Show the picture' : 'Show why';
  };
  toggle.addEventListener('click', () => show(over.hidden));
  check.addEventListener('click', () => void checkInto(verdict, check, picture, map.class));
  show(isAsked);
  return element('figure', {}, seen, over, toggle, why);
}

async function checkInto(
  verdict: HTMLElement,
  button: HTMLButtonElement,
  picture: Blob,
  className: string,
): Promise<void> {
  button.disabled = true;
  verdict.textContent = 'Checking: random weights, random places …';
  try {
    const { passes, faults } = await checkMap(picture, className);
    verdict.textContent = passes
      ? 'Passes: it depends on what the network has learned, and its places matter more than random ones and the centre.'
      : `Fails: ${faults.join(', ')}. Don’t rely on this map.`;
  } catch (error) {
    verdict.textContent = error instanceof ApiError ? error.message : String(error);
  } finally {
    button.disabled = false;
  }
}

function saidOf(answer: PictureAnswer, shown: Shown): HTMLElement {
  const [first] = answer.predictions;
  const said = element('div', { class: 'said' });
  said.append(
    element('h3', {}, element('span', { class: 'answer' }, first!.label), ` ${percent(first!.probability)}`),
    element('p', { class: 'soft name' }, shown.name),
  );
  if (answer.unlike?.isUnlike) said.append(element('p', { class: 'remark unlike' }, answer.unlike.text));
  if (answer.plain) {
    said.append(element('p', { class: 'remark' }, 'A single colour: there is nothing in it to classify.'));
  }
  if (answer.trained) {
    const told = 'It was trained or chosen on this very picture: that it knows it says little.';
    said.append(element('p', { class: 'remark' }, told));
  }
  said.append(barsOf(answer, (label) => void fill(shown, label)));
  if (answer.nearest && answer.nearest.length > 0) said.append(nearestOf(answer.nearest));
  said.append(correctionOf(first!.label, shown));
  return said;
}

/** "Wrong: this is …" */
function correctionOf(answer: string, { picture, around }: Shown): HTMLElement {
  const classes = around.model().labels.filter((label) => label !== answer);
  const options = classes.map((label) => element('option', { value: label }, label));
  const select = element('select', { 'aria-label': 'The right class' }, ...options);
  const keep = element('button', { type: 'button' }, 'Keep');
  const told = element('p', { class: 'soft', role: 'status' });
  keep.addEventListener('click', async () => {
    keep.disabled = true;
    try {
      around.onKept(await correct(picture, select.value));
      told.textContent = `Kept as ${select.value}.`;
    } catch (error) {
      told.textContent = error instanceof ApiError ? error.message : String(error);
      say(told.textContent);
    } finally {
      keep.disabled = false;
    }
  });
  return element('div', { class: 'correct' }, element('label', {}, 'Wrong: this is ', select), keep, told);
}

/** One row a class; pressing it asks for the map of that class. */
function barsOf({ predictions, map }: PictureAnswer, again: (label: string) => void): HTMLElement {
  const rows = predictions.map(({ label, probability }) => {
    const filled = element('span', { class: 'filled' });
    filled.style.width = `${100 * probability}%`;
    const bar = element('span', { class: 'bar', 'aria-hidden': 'true' }, filled);
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
      bar,
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
