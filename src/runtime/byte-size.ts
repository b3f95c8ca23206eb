/** Bytes as a person reads them: '0 MB', '4.9 MB', '854 MB', '2.3 GB'. */
export function byteSize(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return `${bytes < 5e4 || bytes >= 9.95e6 ? Math.round(bytes / 1e6) : Number((bytes / 1e6).toFixed(1))} MB`;
}
