/** What a caller may say to the readers of files that can hold more than one network's weights. */
export interface ReadOptions {
  /** Which tensors to read, of all by name; the others are left in the file. Default: all. */
  readonly choose?: (names: readonly string[]) => ReadonlySet<string>;
  /** Told of a tensor that was left out because its numbers are of a type that is not read. */
  readonly onUnread?: (name: string, type: string) => void;
}

/** The entries of a file's list of tensors that were chosen. */
export function chosenOf<T>(stored: ReadonlyMap<string, T>, { choose }: ReadOptions): [string, T][] {
  const chosen = choose?.([...stored.keys()]);
  return chosen ? [...stored].filter(([name]) => chosen.has(name)) : [...stored];
}
