import { expect, test, vi } from 'vitest';
import { nativeBinding, tf } from '../runtime/tensorflow.js';
import { compileTogether } from './compile.js';
import { DataType, GraphBuilder, graphDef } from './graph-def.js';
import { nested, text } from '../formats/protobuf-writer.js';
import { forConstants, Session } from './session.js';

function graphOf(op: string) {
  const graph = new GraphBuilder();
  const x = graph.placeholder(DataType.float32, [2], 'x');
  graph.node(op, [x], { T: { type: DataType.float32 } }, { name: 'y' });
  return graphDef([graph.fragment()]);
}

const counts = () => ({
  sessions: nativeBinding().getNumOfSavedModels(),
  native: nativeBinding().getNumOfTensors(),
  tensors: tf.memory().numTensors,
});

test('a session is freed once, however often it is closed; it does not run any more', () => {
  const before = counts();
  const session = new Session(graphOf('Neg'));
  expect(counts().sessions).toBe(before.sessions + 1);
  session.close();
  session.close();
  expect(counts()).toEqual(before);
  expect(() => session.run([], [])).toThrow('this session is closed');
});

test('a graph that TensorFlow refuses leaves nothing behind', () => {
  const before = counts();
  expect(() => new Session(graphOf('NoSuchOp'))).toThrow(/NoSuchOp/);
  expect(counts()).toEqual(before);
});

test('a run that fails leaves nothing behind, and the session goes on', () => {
  const session = new Session(graphOf('Neg'));
  const binding = nativeBinding();
  const right = binding.createTensor([2], DataType.float32, new Float32Array(2).fill(1));
  const wrong = binding.createTensor([2], DataType.int32, new Int32Array(2).fill(1));
  const before = counts();
  expect(() => session.run([['x:0', wrong]], ['y:0'])).toThrow(/Session fail to run/);
  expect(counts()).toEqual(before);
  const [y] = session.run([['x:0', right]], ['y:0']);
  expect([...binding.tensorDataSync(y!.id)]).toEqual([-1, -1]);
  for (const id of [wrong, right, y!.id]) binding.deleteTensor(id);
  session.close();
});

test('values that cannot be brought back or taken over leave nothing behind', () => {
  const variables = [1, 2, 3].map((value) => tf.tidy(() => tf.variable(tf.fill([4], value))));
  const program = compileTogether({
    sum: (x) => tf.addN(variables).mul(x),
    first: (x) => variables[0]!.mul(x),
  });
  const one = tf.scalar(1);
  program.functions.sum(one).dispose();
  program.pull();
  const before = counts();
  const assign = vi.spyOn(variables[1]!, 'assign').mockImplementation(() => {
    throw new Error('no');
  });
  expect(() => program.pull()).toThrow('no');
  assign.mockRestore();
  expect(counts()).toEqual(before);
  program.pull();
  expect(counts()).toEqual(before);
  program.dispose();
  tf.dispose([one, ...variables]);
});

test('a session is made as its config says: with fewer passes the same comes out; one that is none is refused', () => {
  const before = counts();
  const results = [undefined, forConstants].map((config) => {
    const session = new Session(graphOf('Neg'), config);
    const x = nativeBinding().createTensor([2], DataType.float32, Float32Array.of(1, -2));
    const [y] = session.run([['x:0', x]], ['y:0']);
    const values = Array.from(nativeBinding().tensorDataSync(y!.id));
    for (const id of [x, y!.id]) nativeBinding().deleteTensor(id);
    session.close();
    return values;
  });
  expect(results).toEqual([
    [-1, 2],
    [-1, 2],
  ]);
  // a field of ConfigProto that is no message
  expect(() => new Session(graphOf('Neg'), nested(10, text(10, 'no options')))).toThrow(/[Pp]ars/);
  expect(counts()).toEqual(before);
});
