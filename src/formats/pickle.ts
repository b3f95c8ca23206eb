import { FormatError, textOf } from './bytes.js';
import type { Cursor } from './cursor.js';

/** A class or function that a pickle names. Only names on the reader's list exist; nothing is ever imported. */
export interface PickleGlobal {
  /** Module and name, as `torch._utils._rebuild_tensor_v2`. */
  readonly name: string;
  /** What calling it gives; absent where it is only a tag, as `torch.FloatStorage` is. */
  readonly call?: (args: readonly unknown[]) => unknown;
}

/**
 * What stands for an object that the reader does not know: nothing of its class is imported or run. It only keeps what
 * the pickle puts into it, so that tensors inside are still found by name.
 */
export class InertObject {
  /** Of its class or function, as the pickle spells it. */
  readonly name: string;
  /** What the pickle sets by key, as of a dictionary's subclass. */
  readonly items = new Map<unknown, unknown>();
  /** Its attributes by name, where the pickle gives it any. */
  attributes: ReadonlyMap<unknown, unknown> = new Map();

  constructor(name: string) {
    this.name = name;
  }
}

/** An object that takes the state which a pickle puts into it after making it. */
export interface Stateful {
  setState(state: unknown): void;
}

export interface PickleOptions {
  /** The only classes and functions that are known. */
  globals: ReadonlyMap<string, PickleGlobal>;
  /** Whether objects of others become inert; else they are an error. */
  inert?: boolean;
  /** What stands for an object that is stored outside the pickle. */
  persistent?: (id: unknown) => unknown;
}

/** A list of globals by name, for PickleOptions. */
export function pickleGlobals(...globals: readonly PickleGlobal[]): Map<string, PickleGlobal> {
  return new Map(globals.map((global) => [global.name, global]));
}

/** What to do with a file of PyTorch's whose tensors cannot be told. */
export const saveStateDict =
  "Save its weights alone, torch.save(model.state_dict(), 'weights.pth'), and give that file.";

const mark = Symbol('mark');

/**
 * Unpickles one object from the cursor's place on, without executing anything: of the pickle machine's instructions
 * only those that build data are known, and of classes and functions only those on the list; what others would make is
 * refused or, if asked for, becomes an InertObject.
 * Instructions: CPython's Lib/pickletools.py.
 *
 * Dictionaries become Maps, lists and tuples arrays, None null, byte strings (Python 2's str too) Uint8Array views,
 * whole numbers beyond 32 bits bigints.
 *
 * @throws FormatError when the pickle is damaged or asks for anything else.
 */
export function unpickle(cursor: Cursor, options: PickleOptions): unknown {
  const machine: Machine = { cursor, options, stack: [], memo: new Map() };
  for (let steps = 0; steps < mostSteps; steps++) {
    const opcode = cursor.uint8();
    if (opcode === stop) return pop(machine);
    const instruction = instructions.get(opcode);
    if (!instruction) {
      throw new FormatError(
        `its pickle uses instruction 0x${opcode.toString(16)}, which no plain data needs`,
      );
    }
    instruction(machine);
  }
  throw new FormatError(`its pickle has over ${mostSteps} instructions`);
}

interface Machine {
  readonly cursor: Cursor;
  readonly options: PickleOptions;
  readonly stack: unknown[];
  readonly memo: Map<number, unknown>;
}

/** A network of a thousand tensors takes some 50,000; each may make an object. */
const mostSteps = 5_000_000;

const stop = 0x2e;

const instructions: ReadonlyMap<number, (machine: Machine) => void> = new Map([
  /* PROTO           */ [0x80, (m: Machine) => skip(m, 1)],
  /* FRAME           */ [0x95, (m) => skip(m, 8)],
  /* MARK            */ [0x28, (m) => push(m, mark)],
  /* POP             */ [0x30, (m) => discard(m)],
  /* NONE            */ [0x4e, (m) => push(m, null)],
  /* NEWTRUE         */ [0x88, (m) => push(m, true)],
  /* NEWFALSE        */ [0x89, (m) => push(m, false)],
  /* BININT          */ [0x4a, (m) => push(m, m.cursor.int32())],
  /* BININT1         */ [0x4b, (m) => push(m, m.cursor.uint8())],
  /* BININT2         */ [0x4d, (m) => push(m, m.cursor.uint16())],
  /* POP_MARK        */ [0x31, (m) => void popToMark(m)],
  /* DUP             */ [0x32, (m) => push(m, top(m))],
  /* LONG1           */ [0x8a, (m) => push(m, longOf(m.cursor.take(m.cursor.uint8())))],
  /* LONG4           */ [0x8b, (m) => push(m, longOf(m.cursor.take(m.cursor.uint32())))],
  /* BINFLOAT        */ [0x47, (m) => push(m, bigEndianFloat(m.cursor.take(8)))],
  /* BINSTRING       */ [0x54, (m) => push(m, m.cursor.take(m.cursor.uint32()))],
  /* SHORT_BINSTRING */ [0x55, (m) => push(m, m.cursor.take(m.cursor.uint8()))],
  /* BINBYTES        */ [0x42, (m) => push(m, m.cursor.take(m.cursor.uint32()))],
  /* SHORT_BINBYTES  */ [0x43, (m) => push(m, m.cursor.take(m.cursor.uint8()))],
  /* BINBYTES8       */ [0x8e, (m) => push(m, m.cursor.take(m.cursor.length64()))],
  /* BYTEARRAY8      */ [0x96, (m) => push(m, m.cursor.take(m.cursor.length64()))],
  /* BINUNICODE      */ [0x58, (m) => push(m, textOf(m.cursor.take(m.cursor.uint32())))],
  /* SHORT_BINUNICODE*/ [0x8c, (m) => push(m, textOf(m.cursor.take(m.cursor.uint8())))],
  /* BINUNICODE8     */ [0x8d, (m) => push(m, textOf(m.cursor.take(m.cursor.length64())))],
  /* EMPTY_SET       */ [0x8f, (m) => push(m, [])],
  /* ADDITEMS        */ [0x90, (m) => append(m, popToMark(m))],
  /* FROZENSET       */ [0x91, (m) => push(m, popToMark(m))],
  /* EMPTY_LIST      */ [0x5d, (m) => push(m, [])],
  /* EMPTY_TUPLE     */ [0x29, (m) => push(m, [])],
  /* EMPTY_DICT      */ [0x7d, (m) => push(m, new Map())],
  /* TUPLE1          */ [0x85, (m) => push(m, [pop(m)])],
  /* TUPLE2          */ [0x86, (m) => push(m, [pop(m), pop(m)].reverse())],
  /* TUPLE3          */ [0x87, (m) => push(m, [pop(m), pop(m), pop(m)].reverse())],
  /* TUPLE           */ [0x74, (m) => push(m, popToMark(m))],
  /* DICT            */ [0x64, (m) => pushDictionary(m, popToMark(m))],
  /* LIST            */ [0x6c, (m) => push(m, popToMark(m))],
  /* APPEND          */ [0x61, (m) => append(m, [pop(m)])],
  /* APPENDS         */ [0x65, (m) => append(m, popToMark(m))],
  /* SETITEM         */ [0x73, (m) => setItems(m, [pop(m), pop(m)].reverse())],
  /* SETITEMS        */ [0x75, (m) => setItems(m, popToMark(m))],
  /* BINPUT          */ [0x71, (m) => remember(m, m.cursor.uint8())],
  /* LONG_BINPUT     */ [0x72, (m) => remember(m, m.cursor.uint32())],
  /* MEMOIZE         */ [0x94, (m) => remember(m, m.memo.size)],
  /* BINGET          */ [0x68, (m) => recall(m, m.cursor.uint8())],
  /* LONG_BINGET     */ [0x6a, (m) => recall(m, m.cursor.uint32())],
  /* GLOBAL          */ [0x63, (m) => pushGlobal(m, textOf(m.cursor.line()), textOf(m.cursor.line()))],
  /* STACK_GLOBAL    */ [0x93, (m) => pushGlobal(m, ...nameOnStack(m))],
  /* REDUCE          */ [0x52, (m) => call(m)],
  /* NEWOBJ          */ [0x81, (m) => call(m)],
  /* NEWOBJ_EX       */ [0x92, (m) => callWithNames(m)],
  /* OBJ             */ [0x6f, (m) => callFromMark(m)],
  /* BUILD           */ [0x62, (m) => build(m)],
  /* BINPERSID       */ [0x51, (m) => pushPersistent(m)],
]);

function push({ stack }: Machine, value: unknown): void {
  stack.push(value);
}

function pop({ stack }: Machine): unknown {
  const value = stack.pop();
  if (value === undefined || value === mark) throw new FormatError('its pickle takes what it never made');
  return value;
}

function top(machine: Machine): unknown {
  const value = pop(machine);
  push(machine, value);
  return value;
}

function popToMark({ stack }: Machine): unknown[] {
  const start = stack.lastIndexOf(mark);
  if (start < 0) throw new FormatError('its pickle takes what it never made');
  return stack.splice(start).slice(1);
}

function discard({ stack }: Machine): void {
  stack.pop();
}

function skip({ cursor }: Machine, length: number): void {
  cursor.take(length);
}

function append(machine: Machine, values: readonly unknown[]): void {
  const list = top(machine);
  if (list instanceof InertObject) return;
  if (!Array.isArray(list)) throw new FormatError('its pickle appends to what is no list');
  for (const value of values) list.push(value);
}

function pushDictionary(machine: Machine, items: readonly unknown[]): void {
  push(machine, new Map());
  setItems(machine, items);
}

function setItems(machine: Machine, items: readonly unknown[]): void {
  const target = top(machine);
  const map = target instanceof InertObject ? target.items : target;
  if (!(map instanceof Map) || items.length % 2 !== 0) {
    throw new FormatError('its pickle sets items of what is no dictionary');
  }
  for (let i = 0; i < items.length; i += 2) map.set(textIfBytes(items[i]), items[i + 1]);
}

function remember(machine: Machine, index: number): void {
  machine.memo.set(index, top(machine));
}

function recall(machine: Machine, index: number): void {
  const value = machine.memo.get(index);
  if (value === undefined) throw new FormatError('its pickle takes what it never made');
  push(machine, value);
}

function nameOnStack(machine: Machine): [module: string, name: string] {
  const [name, module] = [pop(machine), pop(machine)];
  if (typeof module !== 'string' || typeof name !== 'string') {
    throw new FormatError('its pickle asks for something without a name');
  }
  return [module, name];
}

function pushGlobal(machine: Machine, module: string, name: string): void {
  const path = `${module}.${name}`;
  const { globals, inert } = machine.options;
  const global = globals.get(path) ?? (inert ? new InertObject(path) : undefined);
  if (!global) {
    const shown = JSON.stringify(path.slice(0, 200));
    throw new FormatError(
      `its pickle asks for ${shown}, and only tensors in dictionaries and lists are read`,
      /^(torch\.|collections\.OrderedDict$)/.test(path) ? saveStateDict : undefined,
    );
  }
  push(machine, global);
}

function call(machine: Machine): void {
  const args = pop(machine);
  const name = (pop(machine) as Partial<PickleGlobal> | null)?.name;
  const { globals, inert } = machine.options;
  const global = globals.get(name ?? '');
  if (global?.call && Array.isArray(args)) push(machine, global.call(args));
  else if (inert) push(machine, new InertObject(String(name)));
  else throw new FormatError('its pickle calls what is no known function');
}

/** A call with arguments by name, which no known class or function takes. */
function callWithNames(machine: Machine): void {
  pop(machine);
  call(machine);
}

/** The class and its arguments lie after a mark: Python 2's way. */
function callFromMark(machine: Machine): void {
  const [callee = null, ...args] = popToMark(machine);
  push(machine, callee);
  push(machine, args);
  call(machine);
}

function build(machine: Machine): void {
  const state = pop(machine);
  const target = top(machine);
  if (isStateful(target)) target.setState(state);
  else if (target instanceof InertObject) target.attributes = attributesIn(state);
  // An OrderedDict's own attributes, as the versions that PyTorch adds to a state_dict, hold no weights.
  else if (!(target instanceof Map) && !machine.options.inert) {
    throw new FormatError('its pickle gives state to what has none');
  }
}

/** Attributes come alone, or before those that have a fixed place in the object (`__slots__`). */
function attributesIn(state: unknown): ReadonlyMap<unknown, unknown> {
  const parts: unknown[] = Array.isArray(state) ? state : [state];
  return new Map(parts.flatMap((part) => (part instanceof Map ? [...part] : [])));
}

function pushPersistent(machine: Machine): void {
  if (!machine.options.persistent) throw new FormatError('its pickle needs objects from outside');
  push(machine, machine.options.persistent(pop(machine)));
}

function bigEndianFloat(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0);
}

function isStateful(value: unknown): value is Stateful {
  return typeof value === 'object' && value !== null && 'setState' in value;
}

/** Python 2 spells names as byte strings. */
export function textIfBytes(value: unknown): unknown {
  return value instanceof Uint8Array ? textOf(value) : value;
}

function longOf(bytes: Uint8Array): number | bigint {
  if (bytes.length > 1024) throw new FormatError(`its pickle holds a number of ${8 * bytes.length} bits`);
  const value = BigInt.asIntN(
    8 * bytes.length,
    bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n),
  );
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
