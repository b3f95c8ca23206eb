/** Rises when a fit comes out otherwise than before from the same examples and options: answers that were kept then do not count. */
export const fitVersion = 3;
