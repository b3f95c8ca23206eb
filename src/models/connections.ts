import type { NamedTensor } from '../formats/tensors.js';
import type { Connections } from './network.js';

/** Where each connection's weights go in a kernel [.., channels, filters]: first the first filter's, then the next's. */
function placesOf(connections: Connections): number[] {
  const filters = connections.length;
  return connections.flatMap((row, filter) =>
    row.flatMap((reads, channel) => (reads ? [channel * filters + filter] : [])),
  );
}

/**
 * The matrix that puts a kernel of connections in its place: [connections, channels · filters], a 1 in each row where
 * that connection's channel and filter meet. A kernel as [height · width, connections] times it is the kernel with
 * zeros where nothing is connected.
 */
export function connectionMatrix(connections: Connections): {
  shape: readonly [number, number];
  data: Float32Array;
} {
  const places = placesOf(connections);
  const pairs = connections.flat().length;
  const data = new Float32Array(places.length * pairs);
  for (const [row, place] of places.entries()) data[row * pairs + place] = 1;
  return { shape: [places.length, pairs], data };
}

/** A kernel [height, width, connections] as [height, width, channels, filters], zeros where nothing is connected. */
export function withZeros({ shape, data }: NamedTensor, connections: Connections): NamedTensor {
  const [height, width] = shape as [number, number, number];
  const places = placesOf(connections);
  const pairs = connections.flat().length;
  const whole = new Float32Array(height * width * pairs);
  for (let pixel = 0; pixel < height * width; pixel++) {
    for (const [i, place] of places.entries())
      whole[pixel * pairs + place] = data[pixel * places.length + i]!;
  }
  return { shape: [height, width, pairs / connections.length, connections.length], data: whole };
}
