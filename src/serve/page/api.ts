/** The server's API as the page uses it. */

export interface Model {
  readonly run: string;
  readonly labels: readonly string[];
  readonly explanation: { readonly method: string; readonly layer: string };
  readonly heldOut?: {
    readonly accuracy: number;
    readonly ci95: readonly [number, number];
    readonly n: number;
  };
}

export interface PictureAnswer {
  readonly run: string;
  readonly predictions: readonly { readonly label: string; readonly probability: number }[];
  readonly plain?: boolean;
  readonly trained?: boolean;
  readonly unlike?: { readonly isUnlike: boolean; readonly text: string };
  readonly nearest?: readonly {
    readonly label: string;
    readonly similarity: number;
    readonly picture: string;
  }[];
  readonly map?: { readonly class: string; readonly method: string };
  readonly images?: { readonly seen: string; readonly map: string };
}

export interface Kept {
  readonly total: number;
  readonly perClass: readonly { readonly label: string; readonly pictures: number }[];
}

export interface MapCheck {
  readonly passes: boolean;
  readonly faults: readonly string[];
  readonly correlationUntrained: number;
}

export type Successor =
  | { readonly state: 'none' }
  | { readonly state: 'training'; readonly stage: string }
  | { readonly state: 'failed'; readonly message: string }
  | {
      readonly state: 'trained';
      readonly name: string;
      readonly verdict: 'better' | 'worse' | "can't be told apart";
      readonly comparison: {
        readonly mcnemarP: number;
        readonly difference: number;
        readonly differenceCi95: readonly [number, number];
        readonly onlyFirst: number;
        readonly onlySecond: number;
      };
      readonly accuracy: number;
      readonly accuracyBefore: number;
      readonly heldOut: number;
      readonly corrections: {
        readonly trained: number;
        readonly rightBefore: number;
        readonly right: number;
      };
      readonly leftOut: { readonly heldOut: number; readonly broken: number };
      readonly seconds: number;
    };

/** The server's own words for what went wrong. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** How often a full queue is tried again. */
const mostTries = 6;

async function call<T>(path: string, init: RequestInit = {}): Promise<T> {
  for (let tries = 1; ; tries++) {
    const response = await fetch(path, { ...init, credentials: 'same-origin' }).catch(() => {
      throw new ApiError(0, 'The server does not answer. Is it still running?');
    });
    if (response.status === 503 && tries < mostTries) {
      const seconds = Number(response.headers.get('retry-after') ?? 1);
      await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
      continue;
    }
    const body = (await response.json().catch(() => ({}))) as { message?: string };
    if (!response.ok) throw new ApiError(response.status, body.message ?? response.statusText);
    return body as T;
  }
}

function form(fields: Readonly<Record<string, string>>, picture: Blob): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  data.append('picture', picture, 'picture');
  return data;
}

const post = <T>(path: string, body?: BodyInit) => call<T>(path, { method: 'POST', ...(body && { body }) });

export const model = () => call<Model>('api/model');

export function predict(picture: Blob, className?: string): Promise<PictureAnswer> {
  const query = new URLSearchParams({ top: '5', nearest: '6', explain: 'true', images: 'true' });
  if (className !== undefined) query.set('class', className);
  return post(`api/predict?${query}`, form({}, picture));
}

export const checkMap = (picture: Blob, className: string) =>
  post<MapCheck>(`api/check-map?${new URLSearchParams({ class: className })}`, form({}, picture));

export const corrections = () => call<Kept>('api/corrections');

/** The label goes first, so that the server knows it before the picture comes. */
export const correct = (picture: Blob, label: string) =>
  post<Kept>('api/corrections', form({ label }, picture));

export const successor = () => call<Successor>('api/retrain');
export const retrain = () => post<Successor>('api/retrain');
export const takeSuccessor = () => post<{ run: string }>('api/retrain/take');
export const leaveSuccessor = () => post<Successor>('api/retrain/leave');

export const openSession = (token: string) =>
  call<object>('api/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  });
