import type { Tensor, Variable } from '@tensorflow/tfjs';
import { nativeBinding } from '../runtime/tensorflow.js';
import { dataTypeOf, nativeId, tensorFlowBackend } from './backend.js';
import { GraphBuilder, type Output } from './graph-def.js';
import type { Message } from '../formats/protobuf-writer.js';
import type { Session } from './session.js';

/** A value that lives in a session: a tf.Variable's, or a large constant's. */
interface Stored {
  /** Where its value comes from first. */
  readonly source: Tensor;
  readonly isVariable: boolean;
  readonly handle: Output;
  readonly read: Output;
  readonly feed: Output;
  readonly assigned: Output;
}

/** The values that a session holds, with the nodes to set and read them. Shared by all traces of one program. */
export class SessionState {
  readonly #graph: GraphBuilder;
  readonly #stored: Map<Tensor, Stored>;

  /** With what `earlier` has places for; what is added to one does not change the other. */
  constructor(earlier?: SessionState) {
    this.#graph = new GraphBuilder('state/', earlier && earlier.#graph);
    this.#stored = new Map(earlier && earlier.#stored);
  }

  /** The resource handle of a variable or constant; from now on it has a place in the session. */
  handle(source: Tensor, isVariable: boolean): Output {
    const known = this.#stored.get(source);
    if (known) return known.handle;
    const graph = this.#graph;
    const type = dataTypeOf(source);
    const name = `${this.#stored.size}`;
    const dtype = { dtype: { type } };
    const handle = graph.node(
      'VarHandleOp',
      [],
      { ...dtype, shape: { shape: source.shape }, shared_name: { text: name } },
      { name },
    );
    const read = graph.node('ReadVariableOp', [handle], dtype, { name: `${name}/read` });
    const feed = graph.placeholder(type, source.shape, `${name}/feed`);
    const assign = graph.node('AssignVariableOp', [handle, feed], dtype, { name: `${name}/assign` });
    const assigned = graph.after([assign], `${name}/assigned`);
    this.#stored.set(source, { source, isVariable, handle, read, feed, assigned });
    return handle;
  }

  get variables(): Variable[] {
    return [...this.#stored.values()].filter((s) => s.isVariable).map((s) => s.source as Variable);
  }

  fragment(): Message {
    return this.#graph.fragment();
  }

  /** Fills a new session: with what `earlier` holds, and with the tensors' own values for what is new. */
  fill(session: Session, earlier: { session: Session; held: ReadonlySet<Tensor> } | undefined): void {
    const all = [...this.#stored.values()];
    const carried = all.filter(({ source }) => earlier?.held.has(source));
    const fresh = all.filter(({ source }) => !earlier?.held.has(source));
    const values =
      earlier && carried.length > 0
        ? earlier.session.run(
            [],
            carried.map((s) => s.read),
          )
        : [];
    try {
      assign(session, [
        ...carried.map((stored, i) => [stored, values[i]!.id] as const),
        ...fresh.map((stored) => [stored, nativeId(stored.source)] as const),
      ]);
    } finally {
      for (const { id } of values) nativeBinding().deleteTensor(id);
    }
  }

  /** What is stored now. */
  held(): ReadonlySet<Tensor> {
    return new Set(this.#stored.keys());
  }

  /** tf.Variables → session. */
  push(session: Session): void {
    const variables = [...this.#stored.values()].filter((s) => s.isVariable);
    assign(
      session,
      variables.map((stored) => [stored, nativeId(stored.source)] as const),
    );
  }

  /** Session → tf.Variables. */
  pull(session: Session): void {
    const variables = [...this.#stored.values()].filter((s) => s.isVariable);
    if (variables.length === 0) return;
    const values = session
      .run(
        [],
        variables.map((s) => s.read),
      )
      .map((native) => tensorFlowBackend().createOutputTensor(native));
    try {
      variables.forEach(({ source }, i) => (source as Variable).assign(values[i]!));
    } finally {
      for (const value of values) value.dispose();
    }
  }
}

function assign(session: Session, values: readonly (readonly [Stored, number])[]): void {
  if (values.length === 0) return;
  const done = session.run(
    values.map(([stored, id]) => [stored.feed, id] as const),
    values.map(([stored]) => stored.assigned),
  );
  for (const { id } of done) nativeBinding().deleteTensor(id);
}
