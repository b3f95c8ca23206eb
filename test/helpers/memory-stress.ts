/**
 * Hands values to TensorFlow in one way, many times over: node --expose-gc --import tsx memory-stress.ts WAY ROUNDS.
 * A process of its own, because memory that two sides free ends the process. Prints what has grown, as JSON.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { compile, compileTogether, tf } from '../../src/graph/index.js';
import { messageOf } from '../../src/runtime/errors.js';
import { nativeBinding } from '../../src/runtime/tensorflow.js';

type Step = (round: number) => void;

/** A tensor whose values come from JavaScript, handed to TensorFlow when an op first needs it. */
const fresh = (shape: number[], value: number) =>
  tf.tensor(new Float32Array(tf.util.sizeFromShape(shape)).fill(value), shape);

/** So many variables that several threads let go of their former values at once. */
function variables(): Step {
  const held = Array.from({ length: 512 }, () => tf.variable(tf.ones([16])));
  const program = compileTogether({ sum: (x: Tensor) => tf.addN(held.map((v) => v.mul(x))) });
  const one = tf.scalar(1);
  program.functions.sum(one).dispose();
  return (round) => {
    program.pull();
    for (const v of held) tf.tidy(() => v.assign(fresh([16], round)));
    program.push();
    const sum = program.functions.sum(one);
    expectValue(sum, held.length * round);
    sum.dispose();
  };
}

/** What is fed stays in the session: as a variable's value. */
function feeds(): Step {
  const held = Array.from({ length: 16 }, () => tf.variable(tf.ones([64])));
  const assign = compile((...values: Tensor[]) => {
    held.forEach((v, i) => v.assign(values[i]!));
    return tf.addN(held);
  });
  return (round) => {
    const inputs = held.map(() => fresh([64], round));
    const sum = assign(...inputs);
    expectValue(sum, 16 * round);
    tf.dispose([sum, ...inputs]);
  };
}

/** Constants that a session keeps, in one new session after the other. */
function sessions(): Step {
  return (round) => {
    const constants = [fresh([4096], round)];
    const shifted = compile((x: Tensor) => x.add(constants[0]!), { constants });
    const x = fresh([4096], 1);
    const sum = shifted(x);
    expectValue(sum, round + 1);
    shifted.dispose();
    tf.dispose([x, sum, ...constants]);
  };
}

/** Runs that fail must let go of the four megabytes that were fed. */
function failures(): Step {
  const divide = compile((x: Tensor, y: Tensor) => tf.floorDiv(x, y));
  const [one, zero] = [tf.scalar(1, 'int32'), tf.scalar(0, 'int32')];
  divide(tf.ones([1e6], 'int32'), one).dispose();
  return () => {
    const x = tf.tensor(new Int32Array(1e6).fill(1), [1e6]);
    try {
      divide(x, zero).dispose();
    } catch (error) {
      if (!messageOf(error).includes('division by zero')) throw error;
    }
    x.dispose();
  };
}

function eager(): Step {
  return (round) => {
    const sum = tf.tidy(() => fresh([64], round).add(fresh([64], 1)));
    expectValue(sum, round + 1);
    sum.dispose();
  };
}

function strings(): Step {
  const text = (round: number) => `${'a text too long to be kept in place '.repeat(4)}${round}`;
  return (round) => {
    const given = tf.tensor([text(round), text(round)]);
    const reshaped = given.expandDims(0);
    given.dispose();
    if (reshaped.dataSync<'string'>()[1] !== text(round)) throw new Error('the text is gone');
    reshaped.dispose();
  };
}

function expectValue(tensor: Tensor, value: number): void {
  if (tensor.dataSync().some((v) => v !== value)) throw new Error(`expected ${value}: ${tensor.dataSync()}`);
}

const ways: Record<string, () => Step> = { variables, feeds, sessions, failures, eager, strings };

const state = () => {
  globalThis.gc!();
  return {
    tensors: tf.memory().numTensors,
    nativeTensors: nativeBinding().getNumOfTensors(),
    sessions: nativeBinding().getNumOfSavedModels(),
    megabytes: Math.round(process.memoryUsage.rss() / 1e6),
  };
};

const [way, rounds] = [process.argv[2]!, Number(process.argv[3])];
const step = ways[way]!();
let before = state();
for (let round = 0; round < rounds; round++) {
  if (round === Math.floor(rounds / 4)) before = state();
  step(round);
  if (round % 100 === 0) globalThis.gc!();
}
const after = state();
process.stdout.write(
  JSON.stringify({
    tensors: after.tensors - before.tensors,
    nativeTensors: after.nativeTensors - before.nativeTensors,
    sessions: after.sessions - before.sessions,
    megabytes: after.megabytes - before.megabytes,
  }),
);
