import { FormatError, isRecord } from '../../formats/bytes.js';

/** A node of a TensorFlow graph. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** Names of the nodes that it reads, in order. */
  readonly inputs: readonly string[];
  readonly attributes: Attributes;
}

/**
 * Reads the nodes of a graph as TF.js keeps them: a GraphDef in protocol buffers' JSON.
 *
 * @throws FormatError for what is none.
 */
export function graphNodes(topology: Readonly<Record<string, unknown>>): GraphNode[] {
  const nodes = topology['node'];
  if (!Array.isArray(nodes) || nodes.length === 0) throw new FormatError('its graph has no nodes');
  return nodes.map((node: unknown) => {
    const { name, op, input = [], attr } = isRecord(node) ? node : {};
    if (typeof name !== 'string' || typeof op !== 'string' || !Array.isArray(input)) {
      throw new FormatError('its graph has a node without name or operation');
    }
    const inputs = input.filter((one): one is string => typeof one === 'string' && !one.startsWith('^'));
    return {
      name,
      op,
      inputs: inputs.map((one) => one.replace(/:\d+$/, '')),
      attributes: attributesOf(isRecord(attr) ? attr : {}),
    };
  });
}

/** A node's attributes by name; undefined where one is not there or of another type. */
export type Attributes = ReturnType<typeof attributesOf>;

function attributesOf(attr: Readonly<Record<string, unknown>>) {
  const value = (name: string, kind: string): unknown => {
    const attribute = attr[name];
    return isRecord(attribute) ? attribute[kind] : undefined;
  };
  return {
    type: (name: string): unknown => value(name, 'type'),
    flag: (name: string): boolean => value(name, 'b') === true,
    integer: (name: string): number | undefined => integer(value(name, 'i')),
    /** TF.js writes bytes in base 64, and some converters as numbers. */
    text(name: string): string | undefined {
      const bytes = value(name, 's');
      if (Array.isArray(bytes)) return String.fromCharCode(...(bytes as number[]).slice(0, 100));
      return typeof bytes === 'string' ? Buffer.from(bytes, 'base64').toString() : undefined;
    },
    integers(name: string): number[] {
      const list = value(name, 'list');
      const items = isRecord(list) && Array.isArray(list['i']) ? (list['i'] as unknown[]) : [];
      return items.map(integer).filter((item) => item !== undefined);
    },
    /** With the batch; null sides are open. */
    shape: (name: string) => openShape(value(name, 'shape')),
  };
}

/** `{ dim: [{ size: "-1" }, …] }`: 64-bit numbers are text there. */
export function openShape(value: unknown): (number | null)[] | undefined {
  if (!isRecord(value) || !Array.isArray(value['dim'])) return undefined;
  return value['dim'].map((dim: unknown) => {
    const side = isRecord(dim) ? integer(dim['size']) : undefined;
    return side !== undefined && side > 0 ? side : null;
  });
}

function integer(value: unknown): number | undefined {
  const number = typeof value === 'string' ? Number(value) : value;
  return Number.isSafeInteger(number) ? (number as number) : undefined;
}
