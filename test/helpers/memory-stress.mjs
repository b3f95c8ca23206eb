// Hands values to TensorFlow in one way, many times over: node --expose-gc memory-stress.mjs DIST WAY ROUNDS.
// A process of its own, because memory that two sides free ends the process. Prints what has grown, as JSON.
const [dist, way, rounds] = process.argv.slice(2);
const { compile, compileTogether, tf } = await import(`${dist}/graph/index.js`);
const { nativeBinding } = await import(`${dist}/runtime/tensorflow.js`);

/** A tensor whose values come from JavaScript, handed to TensorFlow when an op first needs it. */
const fresh = (shape, value) => tf.tensor(new Float32Array(tf.util.sizeFromShape(shape)).fill(value), shape);

/** So many variables that several threads let go of their former values at once. */
function variables() {
  const held = Array.from({ length: 512 }, () => tf.variable(tf.ones([16])));
  const program = compileTogether({ sum: (x) => tf.addN(held.map((v) => v.mul(x))) });
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
function feeds() {
  const held = Array.from({ length: 16 }, () => tf.variable(tf.ones([64])));
  const assign = compile((x, ...values) => {
    held.forEach((v, i) => v.assign(values[i]));
    return tf.addN(held).mul(x);
  });
  return (round) => {
    const inputs = [tf.scalar(1), ...held.map(() => fresh([64], round))];
    const sum = assign(...inputs);
    expectValue(sum, 16 * round);
    tf.dispose([sum, ...inputs]);
  };
}

/** Constants that a session keeps, in one new session after the other. */
function sessions() {
  return (round) => {
    const constants = [fresh([4096], round)];
    const shifted = compile((x) => x.add(constants[0]), { constants });
    const x = fresh([4096], 1);
    const sum = shifted(x);
    expectValue(sum, round + 1);
    shifted.dispose();
    tf.dispose([x, sum, ...constants]);
  };
}

/** Runs that fail must let go of the four megabytes that were fed. */
function failures() {
  const divide = compile((x, y) => tf.floorDiv(x, y));
  const [one, zero] = [tf.scalar(1, 'int32'), tf.scalar(0, 'int32')];
  divide(tf.ones([1e6], 'int32'), one).dispose();
  return () => {
    const x = tf.tensor(new Int32Array(1e6).fill(1), [1e6]);
    try {
      divide(x, zero).dispose();
    } catch (error) {
      if (!error.message.includes('division by zero')) throw error;
    }
    x.dispose();
  };
}

function eager() {
  return (round) => {
    const sum = tf.tidy(() => fresh([64], round).add(fresh([64], 1)));
    expectValue(sum, round + 1);
    sum.dispose();
  };
}

function strings() {
  const text = (round) => `${'a text too long to be kept in place '.repeat(4)}${round}`;
  return (round) => {
    const given = tf.tensor([text(round), text(round)]);
    const reshaped = given.expandDims(0);
    given.dispose();
    if (reshaped.dataSync()[1] !== text(round)) throw new Error(`'${reshaped.dataSync()[1]}'`);
    reshaped.dispose();
  };
}

function expectValue(tensor, value) {
  if (tensor.dataSync().some((v) => v !== value)) throw new Error(`expected ${value}: ${tensor.dataSync()}`);
}

const ways = { variables, feeds, sessions, failures, eager, strings };
const step = ways[way]();
const state = () => {
  globalThis.gc();
  return {
    tensors: tf.memory().numTensors,
    nativeTensors: nativeBinding().getNumOfTensors(),
    sessions: nativeBinding().getNumOfSavedModels(),
    megabytes: Math.round(process.memoryUsage.rss() / 1e6),
  };
};
let before;
for (let round = 0; round < Number(rounds); round++) {
  if (round === Math.floor(rounds / 4)) before = state();
  step(round);
  if (round % 100 === 0) globalThis.gc();
}
const after = state();
const grown = Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - before[key]]));
process.stdout.write(JSON.stringify(grown));
