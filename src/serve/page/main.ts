import { ApiError, model as loadModel, type Model, openSession } from './api.js';
import { addCard } from './card.js';
import { setUpCorrections, showKept } from './corrections.js';
import { setUpCamera } from './camera.js';
import { byId, counted, percent, say } from './dom.js';

let model: Model | undefined;
const answers = byId('answers');
/** Pictures are sent one after the other, so that a folder of them does not fill the queue. */
let last: Promise<void> = Promise.resolve();

function take(picture: Blob, name: string): void {
  last = last.then(() => addCard(answers, picture, name, { model: () => model!, onKept: showKept }));
  void last.then(() => say(`${name}: answered.`));
}

function takeAll(files: Iterable<File>): void {
  for (const file of files) take(file, file.name || 'pasted picture');
}

const choose = byId<HTMLInputElement>('choose');
choose.addEventListener('change', () => {
  takeAll(choose.files ?? []);
  choose.value = '';
});
byId('choose-open').addEventListener('click', () => choose.click());

document.addEventListener('paste', (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (files.length === 0) return;
  event.preventDefault();
  takeAll(files);
});
const drop = byId('drop');
document.addEventListener('dragover', (event) => {
  event.preventDefault();
  drop.classList.add('over');
});
document.addEventListener('dragleave', (event) => {
  if (!event.relatedTarget) drop.classList.remove('over');
});
document.addEventListener('drop', (event) => {
  event.preventDefault();
  drop.classList.remove('over');
  takeAll(event.dataTransfer?.files ?? []);
});
setUpCamera(take);

const session = byId<HTMLFormElement>('session');
session.addEventListener('submit', async (event) => {
  event.preventDefault();
  const token = byId<HTMLInputElement>('token');
  try {
    await openSession(token.value);
    token.value = '';
    await start();
  } catch (error) {
    say(error instanceof ApiError ? error.message : String(error));
  }
});

async function start(): Promise<void> {
  try {
    model = await loadModel();
  } catch (error) {
    const isLocked = error instanceof ApiError && error.status === 401;
    session.hidden = !isLocked;
    if (!isLocked) say(error instanceof Error ? error.message : String(error));
    return;
  }
  session.hidden = true;
  byId('work').hidden = false;
  byId('more').hidden = false;
  showModel(model);
  await setUpCorrections(async () => showModel((model = await loadModel())));
}

function showModel({ run, labels, heldOut }: Model): void {
  document.title = `${run}: try it`;
  byId('run').textContent = run;
  const shown = labels.slice(0, 12).join(', ');
  const more = labels.length > 12 ? ` and ${labels.length - 12} more` : '';
  byId('classes').textContent = `${counted(labels.length, 'class', 'classes')}: ${shown}${more}.`;
  if (!heldOut) return;
  const [low, high] = heldOut.ci95.map((end) => (100 * end).toFixed(1));
  byId('figures').textContent =
    `Right on ${percent(heldOut.accuracy)} of ${counted(heldOut.n, 'picture')} that it had never seen (95\u00A0% interval ${low} to ${high}\u00A0%).`;
}

await start();
