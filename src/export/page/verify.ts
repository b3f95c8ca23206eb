/** Asks the model about its golden picture in every way that this browser can compute. */
import { type Backend, backends, check, howToUse, messageOf, open } from './classifier.js';

/** What verify.html tells who opened it with `?tell`. */
interface Told {
  readonly backend: Backend;
  readonly outcome: 'right' | 'WRONG' | 'not tried';
  readonly message: string;
}

const list = document.getElementById('outcomes')!;
const query = new URLSearchParams(location.search);
const wanted = query.get('backends')?.split(',');
const told: Told[] = [];
for (const backend of backends.filter((name) => wanted?.includes(name) ?? name !== 'cpu')) {
  const line = document.createElement('li');
  line.textContent = `${backend}: computing …`;
  list.append(line);
  const one = await tried(backend);
  line.textContent = `${one.backend}: ${one.outcome}: ${one.message}`;
  line.className = one.outcome === 'WRONG' ? 'wrong' : '';
  told.push(one);
}
document.getElementById('done')!.hidden = false;
if (query.has('tell')) await fetch('told', { method: 'POST', body: JSON.stringify(told) });

async function tried(backend: Backend): Promise<Told> {
  try {
    const classifier = await open(backend, await howToUse());
    const { good, apart, tolerance } = await check(classifier);
    classifier.dispose();
    const message = `the largest difference is ${apart.toExponential(1)}, ${tolerance.toExponential(0)} is allowed`;
    return { backend, outcome: good ? 'right' : 'WRONG', message };
  } catch (error) {
    return { backend, outcome: 'not tried', message: messageOf(error).split('\n')[0]! };
  }
}
