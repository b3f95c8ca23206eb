/** Pictures that go through the network at once, at most. */
export const mostInBatch = 16;

/** How long an idle network waits for more pictures. */
export const mostWaitMs = 10;

/** Of one request, and for its headers: whoever sends more slowly is cut off. */
export const requestTimeoutMs = 30_000;
export const headersTimeoutMs = 10_000;

/** What may be held of uploads at once, over all connections. */
export const mostUploadBytes = 256 * 2 ** 20;

/** Nearest training pictures that an answer has, at most. */
export const mostNeighbours = 20;

/** What requests under way have to end in when the server stops. */
export const graceMs = 10_000;

/**
 * Whoever is told to come back hears it after so long, as long as so few are being told: senders that come back at once,
 * whatever Retry-After says, would otherwise take the processor from the network.
 */
export const refusalMs = 200;
export const mostHeldRefusals = 256;
