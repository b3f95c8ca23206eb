import { UserError } from '../runtime/errors.js';

/**
 * What a piece of work is made of is not in the shared folder any more, or is damaged. That is the work's matter: another
 * worker that sees the folder would not find it either.
 */
export class WorkGone extends UserError {}
