/** The page: pictures dropped, pasted or chosen are classified here; none leaves the browser. */
import { backends, check, type Classifier, type HowToUse, howToUse, messageOf, open } from './classifier.js';

const byId = (id: string) => document.getElementById(id)!;
const say = (text: string) => (byId('status').textContent = text);
const shown = 5;
const largest = 4096;

await start().catch((error: unknown) => fail(messageOf(error)));

async function start(): Promise<void> {
  if (location.protocol === 'file:') {
    throw new Error(
      'Browsers let no page read files beside it. Serve this folder, for example with “python3 -m http.server”, and open http://localhost:8000.',
    );
  }
  const about = await howToUse();
  byId('title').textContent = `Which of ${about.labels.length} classes?`;
  byId('classes').textContent = about.labels.join(', ');
  say('Opening the model …');
  const classifier = await firstThatIsRight(about);
  const input = byId('choose') as HTMLInputElement;
  let work = Promise.resolve();
  const add = (files: Iterable<File>) => {
    for (const file of files) work = work.then(() => addCard(file, classifier, about.labels));
  };
  input.addEventListener('change', () => {
    add([...input.files!]);
    input.value = '';
  });
  byId('open').addEventListener('click', () => input.click());
  acceptDrops(add);
  document.addEventListener('paste', (event) => add(event.clipboardData?.files ?? []));
  byId('drop').hidden = false;
}

/** Opens the model in the fastest way that answers the golden picture as it should. */
async function firstThatIsRight(about: HowToUse): Promise<Classifier> {
  const faults: string[] = [];
  for (const backend of backends) {
    try {
      const classifier = await open(backend, about);
      const { good, apart } = await check(classifier);
      if (good) {
        say(`Ready. The model answers its golden picture as it should (${backend}).`);
        return classifier;
      }
      classifier.dispose();
      faults.push(`${backend}: its answer to the golden picture differs by ${apart.toExponential(1)}`);
    } catch (error) {
      faults.push(`${backend}: ${messageOf(error)}`);
    }
  }
  throw new Error(`The model does not work here. ${faults.join('; ')}.`);
}

function acceptDrops(add: (files: Iterable<File>) => void): void {
  const area = byId('drop');
  const mark = (over: boolean) => area.classList.toggle('over', over);
  for (const kind of ['dragenter', 'dragover']) {
    document.addEventListener(kind, (event) => {
      event.preventDefault();
      mark(true);
    });
  }
  document.addEventListener('dragleave', (event) => mark(event.relatedTarget !== null));
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    mark(false);
    add(event.dataTransfer?.files ?? []);
  });
}

async function addCard(file: File, classifier: Classifier, labels: readonly string[]): Promise<void> {
  const card = document.createElement('li');
  card.className = 'card';
  const picture = document.createElement('img');
  picture.src = URL.createObjectURL(file);
  picture.alt = file.name;
  const said = document.createElement('div');
  said.textContent = 'Looking …';
  card.append(picture, said);
  byId('answers').prepend(card);
  // Painted before the browser is busy.
  await new Promise((resolve) => setTimeout(resolve, 20));
  try {
    const bitmap = await decoded(file);
    const shares = await classifier.classify(bitmap);
    bitmap.close();
    said.replaceChildren(...answer(file.name, shares, labels));
    say(`${file.name}: ${labels[best(shares)]!}`);
  } catch (error) {
    picture.remove();
    said.className = 'wrong';
    said.textContent = `${file.name} is no picture that this browser can read. ${messageOf(error)}`;
  }
}

/** As the file's Exif data turn it; no larger than a canvas may be. */
async function decoded(file: File): Promise<ImageBitmap> {
  const bitmap = await createImageBitmap(file);
  const longer = Math.max(bitmap.width, bitmap.height);
  if (longer <= largest) return bitmap;
  const side = (length: number) => Math.max(1, Math.round((length * largest) / longer));
  return createImageBitmap(bitmap, {
    resizeWidth: side(bitmap.width),
    resizeHeight: side(bitmap.height),
    resizeQuality: 'high',
  });
}

function best(shares: Float32Array): number {
  return shares.indexOf(Math.max(...shares));
}

function answer(name: string, shares: Float32Array, labels: readonly string[]): HTMLElement[] {
  const heading = document.createElement('h2');
  heading.textContent = labels[best(shares)]!;
  const file = document.createElement('p');
  file.className = 'soft';
  file.textContent = name;
  const order = [...shares.keys()].sort((a, b) => shares[b]! - shares[a]!);
  const rows = order.slice(0, shown).map((i) => row(labels[i]!, shares[i]!));
  return [heading, file, ...rows];
}

function row(label: string, share: number): HTMLElement {
  const line = document.createElement('div');
  line.className = 'class';
  const name = document.createElement('span');
  name.textContent = label;
  const bar = document.createElement('span');
  bar.className = 'bar';
  const filled = document.createElement('span');
  filled.style.width = `${100 * share}%`;
  bar.append(filled);
  const number = document.createElement('span');
  number.className = 'number';
  number.textContent = percent(share);
  line.append(name, bar, number);
  return line;
}

/** What is not quite all, or nothing, is never rounded to it. */
function percent(share: number): string {
  const text = (100 * share).toFixed(1);
  if (text === '100.0' && share < 1) return '> 99.9 %';
  return text === '0.0' && share > 0 ? '< 0.1 %' : `${text} %`;
}

function fail(message: string): void {
  byId('status').className = 'wrong';
  say(message);
}
