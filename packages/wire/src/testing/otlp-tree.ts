/**
 * Random OTLP messages as trees: each node is a field with its value, from which the same message is printed as
 * protobuf, as JSON, and with whatever is wrong with it.
 */
import type { Random } from '@tracewright/std/testing';
import { ANY_VALUE, type GrammarField, type GrammarMessage, KEY_VALUE } from './otlp-grammar.ts';

export type Scalar = string | bigint | number | boolean | Uint8Array;
export type Tree = readonly Node[];
export type Node = { readonly field: GrammarField; readonly value: Scalar | Tree };

/** How deep attribute values nest at most. */
const VALUE_DEPTH_MAX = 4;
const KEYS = ['service.name', 'http.route', 'http.request.method', 'db.system', 'k', '', 'ключ', '__proto__'];
const TEXTS = [
  '',
  'checkout',
  'GET /cart',
  'Schnee ☃ 雪 𝄞',
  '"quoted\\"',
  'a\u0000b',
  '\u001f',
  'constructor',
];
const INTEGERS = [
  0n,
  1n,
  127n,
  128n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n,
  2n ** 63n - 1n,
  -1n,
  -(2n ** 63n),
];
const UNSIGNED = [0n, 1n, 127n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n];
const DOUBLES = [
  0,
  -0,
  1,
  0.1,
  -1e308,
  5e-324,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];
const TIME = 1_760_000_000_000_000_000n;

/** A message that every reader must take, but for ids that cannot stand now and then. */
export function makeTree(message: GrammarMessage, random: Random, depth: number = 0): Tree {
  if (message.oneOf) {
    const deep = depth < VALUE_DEPTH_MAX;
    const fields = message.fields.filter(({ kind }) => deep || typeof kind === 'string');
    return random.chance(0.05) ? [] : [makeNode(random.pick(fields), random, depth)];
  }
  const nodes: Node[] = [];
  const keys = new Set<string>();
  for (const field of message.fields) {
    if (field.repeated) {
      const inValue = message.name === 'ArrayValue' || message.name === 'KeyValueList';
      const least = isFrame(field) && random.chance(0.95) ? 1 : 0;
      for (let left = Math.max(least, random.small(inValue ? 3 : 4)); left > 0; left--) {
        const node = makeNode(field, random, depth);
        // A key twice is a message like any other, but what it means is nobody's promise.
        const key = field.kind === KEY_VALUE ? keyOf(node.value as Tree) : undefined;
        if (key !== undefined && keys.has(key)) continue;
        if (key !== undefined) keys.add(key);
        nodes.push(node);
      }
    } else if (isNeeded(field) ? !random.chance(0.01) : random.chance(0.6)) {
      nodes.push(makeNode(field, random, depth));
    }
  }
  return nodes;
}

/** What holds records, or is one: without it there is nothing to get wrong. */
function isFrame({ name }: GrammarField): boolean {
  return /^(?:resource|scope)(?:Spans|Logs)$|^spans$|^logRecords$/.test(name);
}

function isNeeded({ name }: GrammarField): boolean {
  return name === 'traceId' || name === 'spanId' || name === 'key' || name === 'value';
}

function makeNode(field: GrammarField, random: Random, depth: number): Node {
  const { kind } = field;
  if (typeof kind !== 'string') {
    const deeper = kind === ANY_VALUE ? depth + 1 : depth;
    return { field, value: makeTree(kind, random, deeper) };
  }
  return { field, value: makeScalar(field, random) };
}

function makeScalar({ kind, name, names = [] }: GrammarField, random: Random): Scalar {
  switch (kind) {
    case 'string':
      if (name === 'key') return random.chance(0.5) ? random.pick(KEYS) : `key.${random.below(50)}`;
      return random.chance(0.8) ? random.pick(TEXTS) : makeText(random);
    case 'bytes':
      return random.bytes(random.small(20));
    case 'traceId':
    case 'spanId':
      return makeId(kind === 'traceId' ? 16 : 8, random);
    case 'bool':
      return random.chance(0.5);
    case 'uint32':
    case 'fixed32':
      return BigInt(random.chance(0.7) ? random.below(300) : random.word());
    case 'int64':
      return random.chance(0.6) ? random.pick(INTEGERS) : BigInt(random.below(1_000)) - 500n;
    case 'fixed64':
      return random.chance(0.7) ? TIME + BigInt(random.word()) : random.pick(UNSIGNED);
    case 'double':
      return random.chance(0.5) ? random.pick(DOUBLES) : (random.word() - 2 ** 31) / 4096;
    default:
      return BigInt(random.below(names.length));
  }
}

function makeId(length: number, random: Random): Uint8Array {
  if (random.chance(0.02)) return new Uint8Array(length);
  if (random.chance(0.02)) return random.bytes(random.below(length * 2));
  const id = random.bytes(length);
  id[0] = 1 + random.below(255);
  return id;
}

function makeText(random: Random): string {
  return String.fromCodePoint(...random.list(random.small(40), () => codePoint(random)));
}

function codePoint(random: Random): number {
  const code = random.chance(0.8) ? random.below(0x80) : random.below(0x11_0000);
  return code >= 0xd800 && code < 0xe000 ? 0xfffd : code;
}

function keyOf(pair: Tree): string {
  const node = pair.find(({ field }) => field.name === 'key');
  return typeof node?.value === 'string' ? node.value : '';
}

/** All nodes of a tree, outer ones first. */
export function nodesOf(tree: Tree): Node[] {
  return tree.flatMap((node) => [node, ...(Array.isArray(node.value) ? nodesOf(node.value as Tree) : [])]);
}
