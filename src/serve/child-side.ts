import { messageOf, UserError } from '../runtime/errors.js';
import { asUserError } from '../runtime/system-errors.js';
import type { Numbered, Reply } from './child-process.js';

/** Answers the requests of the process that started this one, one after the other, until it lets go. */
export function answerRequests<Request>(answer: (request: Request) => Promise<unknown>): void {
  let last: Promise<void> = Promise.resolve();
  process.on('message', ({ id, request }: Numbered<Request>) => {
    last = last.then(async () => {
      try {
        send({ id, result: await answer(request) });
      } catch (thrown) {
        const error = asUserError(thrown);
        send({ id, error: messageOf(error), mendable: error instanceof UserError });
      }
    });
  });
  process.on('disconnect', () => process.exit(0));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
}

/** Tells the process that started this one something that it did not ask for. */
export function tell(message: unknown): void {
  send({ told: message });
}

/** Where nobody listens any more there is nobody to be told. */
function send(message: Reply | { readonly told: unknown }): void {
  process.send?.(message, undefined, undefined, () => undefined);
}
