interface Closable {
  close(): void | Promise<void>;
}

/** Takes note of something that is to be closed when the job ends, and hands it back. */
export type Keep = <R extends Closable>(resource: R) => R;

/**
 * Runs a job. What it keeps is closed when it ends, however it ends: the last opened first, and all of it even where
 * closing one fails. Closing twice must do no harm, so that a job may close early what it needs no more.
 */
export async function closingAll<T>(job: (keep: Keep) => Promise<T>): Promise<T> {
  const kept: Closable[] = [];
  const failures: unknown[] = [];
  const attempt = async <R>(work: () => R | Promise<R>) => {
    try {
      return await work();
    } catch (error) {
      failures.push(error);
      return undefined;
    }
  };
  const result = await attempt(() =>
    job((resource) => {
      kept.push(resource);
      return resource;
    }),
  );
  for (const resource of kept.reverse()) await attempt(() => resource.close());
  if (failures.length > 0) throw failures[0];
  return result as T;
}
