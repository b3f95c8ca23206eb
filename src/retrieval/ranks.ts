/**
 * The places in the ranking, from 1 on, of what is relevant.
 *
 * @param similarities of a query with each vector of the collection. @param isRanked which of these take part.
 * @returns ascending; of equals the first in the collection comes first.
 */
export function ranksOf(
  similarities: Float32Array,
  isRanked: (place: number) => boolean,
  isRelevant: (place: number) => boolean,
): { readonly ranks: number[]; readonly ranked: number } {
  const order = Uint32Array.from(similarities.keys())
    .filter((place) => isRanked(place))
    .sort((a, b) => similarities[b]! - similarities[a]! || a - b);
  const ranks: number[] = [];
  for (const [i, place] of order.entries()) if (isRelevant(place)) ranks.push(i + 1);
  return { ranks, ranked: order.length };
}
