import {
  ApiError,
  corrections,
  type Kept,
  leaveSuccessor,
  retrain,
  type Successor,
  successor,
  takeSuccessor,
} from './api.js';
import { byId, counted, element, percent } from './dom.js';

const section = byId('corrections');
const button = byId<HTMLButtonElement>('retrain');
const verdict = byId('verdict');

/** Shows what is kept, and how the training of a corrected head stands. @param onTaken another run answers now. */
export async function setUpCorrections(onTaken: () => Promise<void>): Promise<void> {
  button.onclick = () => void follow(retrain, onTaken);
  showKept(await corrections());
  const state = await successor();
  if (state.state !== 'none') void follow(async () => state, onTaken);
}

export function showKept({ total, perClass }: Kept): void {
  section.hidden = total === 0 && verdict.childElementCount === 0;
  const classes = perClass.filter(({ pictures }) => pictures > 0);
  const each = classes.map(({ label, pictures }) => `${label} ${pictures}`).join(', ');
  byId('corrections-kept').textContent =
    total === 0 ? 'None are kept.' : `${counted(total, 'picture')} kept: ${each}.`;
  button.disabled = total === 0;
}

async function follow(begin: () => Promise<Successor>, onTaken: () => Promise<void>): Promise<void> {
  section.hidden = false;
  button.disabled = true;
  try {
    let state = await begin();
    while (state.state === 'training') {
      verdict.replaceChildren(element('p', { class: 'soft' }, `${state.stage} …`));
      await new Promise((resolve) => setTimeout(resolve, 400));
      state = await successor();
    }
    if (state.state === 'trained') showVerdict(state, onTaken);
    else if (state.state === 'failed') tell(state.message);
    else verdict.replaceChildren();
  } catch (error) {
    tell(error instanceof ApiError ? error.message : String(error));
  } finally {
    button.disabled = false;
  }
}

function tell(message: string): void {
  verdict.replaceChildren(element('p', { class: 'wrong', role: 'alert' }, message));
}

const headlines = {
  better: 'Better',
  worse: 'Worse',
  "can't be told apart": 'Can’t be told apart',
} as const;

type Trained = Successor & { state: 'trained' };

function showVerdict(trained: Trained, onTaken: () => Promise<void>): void {
  const take = element('button', { type: 'button', class: 'primary' }, `Take it, as ${trained.name}`);
  const leave = element('button', { type: 'button' }, 'Leave it');
  const decide = (work: () => Promise<string>) => async () => {
    [take.disabled, leave.disabled] = [true, true];
    try {
      verdict.replaceChildren(element('p', {}, await work()));
    } catch (error) {
      tell(error instanceof ApiError ? error.message : String(error));
    }
  };
  take.addEventListener(
    'click',
    decide(async () => {
      const { run } = await takeSuccessor();
      await onTaken();
      return `${run} answers from now on. The run before is where it was.`;
    }),
  );
  leave.addEventListener(
    'click',
    decide(async () => {
      await leaveSuccessor();
      return 'Left: the run answers as before. The corrections are still kept.';
    }),
  );
  verdict.replaceChildren(
    element('h3', {}, headlines[trained.verdict]),
    ...sentences(trained).map((text) => element('p', {}, text)),
    element('p', { class: 'buttons' }, take, leave),
  );
}

function sentences({ comparison, corrections: own, leftOut, ...trained }: Trained): string[] {
  const { mcnemarP, onlyFirst, onlySecond, differenceCi95 } = comparison;
  const [low, high] = differenceCi95.map((end) => (100 * end).toFixed(1).replace('-', '−'));
  const p = mcnemarP < 1e-4 ? 'p\u00A0<\u00A00.0001' : `p\u00A0=\u00A0${mcnemarP.toPrecision(2)}`;
  const said = [
    `On the same ${counted(trained.heldOut, 'held-out picture')}: ${percent(trained.accuracy)} right with the corrections, ${percent(trained.accuracyBefore)} before. ${onlyFirst} only now, ${onlySecond} only before; difference ${low} to ${high}\u00A0points (95\u00A0% interval), ${p} (McNemar’s test).`,
    `Of ${counted(own.trained, 'corrected picture')}, which it has now seen, it gets ${own.right} right; before, ${own.rightBefore}.`,
  ];
  if (leftOut.heldOut > 0) {
    said.push(
      `Not trained on: ${counted(leftOut.heldOut, 'picture')} that ${leftOut.heldOut === 1 ? 'is' : 'are'} held out, or look the same.`,
    );
  }
  if (leftOut.broken > 0) said.push(`Not usable: ${counted(leftOut.broken, 'picture')}.`);
  return said;
}
