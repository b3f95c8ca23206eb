import fc from 'fast-check';
import { expect } from 'vitest';
import { UserError } from '../src/runtime/errors.js';
import type { NamedTensor } from '../src/formats/tensors.js';

/** How many damaged files to try; `FUZZ_RUNS=20000 npx vitest run src/weights/formats` tries more. */
export const fuzzRuns = Number(process.env['FUZZ_RUNS'] ?? 300);

/**
 * Damages a sound file in many ways. The reader must either still return tensors, of no more values than the file
 * could hold, or refuse with a UserError of one line; nothing else may be thrown.
 *
 * @param sound a small file that the reader accepts.
 * @param expansion how many float32 values one byte of the file may become (compressed formats: more).
 * @param runs how many damaged files to try, where reading one takes long.
 */
export async function expectSurvivesDamage(
  sound: Uint8Array,
  read: (bytes: Uint8Array) => Promise<ReadonlyMap<string, NamedTensor>>,
  expansion = 2,
  runs = fuzzRuns,
): Promise<void> {
  expect((await read(sound)).size).toBeGreaterThan(0);
  await fc.assert(
    fc.asyncProperty(fc.array(change(sound.length), { minLength: 1, maxLength: 4 }), async (changes) => {
      const damaged = changes.reduce((bytes, apply) => apply(bytes), sound);
      try {
        const tensors = await read(damaged);
        let values = 0;
        for (const { data } of tensors.values()) values += data.length;
        expect(values).toBeLessThanOrEqual(damaged.length * expansion + 1024);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        expect(error.message).not.toContain('\n');
        expect(error.message.length).toBeLessThan(1000);
      }
    }),
    { numRuns: runs },
  );
}

type Change = (bytes: Uint8Array) => Uint8Array;

function change(length: number): fc.Arbitrary<Change> {
  const place = fc.oneof(
    fc.nat(length),
    fc.nat(Math.min(length, 64)),
    fc.nat(64).map((n) => length - n),
  );
  const telling = fc.constantFrom(0x00, 0x01, 0x7f, 0x80, 0xff);
  return fc.oneof(
    place.map(
      (at): Change =>
        (bytes) =>
          bytes.slice(0, Math.max(0, at)),
    ),
    fc.tuple(place, fc.oneof(fc.nat(255), telling)).map(([at, value]) => splice(at, 1, [value])),
    fc.tuple(place, telling, fc.integer({ min: 2, max: 9 })).map(([at, value, n]) => {
      return splice(at, n, new Array<number>(n).fill(value));
    }),
    fc.tuple(place, fc.nat(16)).map(([at, n]) => splice(at, n, [])),
    fc.tuple(place, fc.uint8Array({ maxLength: 16 })).map(([at, inserted]) => splice(at, 0, inserted)),
    fc.tuple(place, place, fc.nat(64)).map(([from, to, n]): Change => (bytes) => {
      return splice(to, 0, bytes.slice(Math.max(0, from), Math.max(0, from) + n))(bytes);
    }),
  );
}

function splice(at: number, remove: number, insert: ArrayLike<number>): Change {
  return (bytes) => {
    const start = Math.min(Math.max(0, at), bytes.length);
    const end = Math.min(start + remove, bytes.length);
    const result = new Uint8Array(bytes.length - (end - start) + insert.length);
    result.set(bytes.subarray(0, start));
    result.set(insert, start);
    result.set(bytes.subarray(end), start + insert.length);
    return result;
  };
}
