/**
 * Prints a tree as OTLP/JSON, in every form that the format allows (names in both spellings, numbers as texts,
 * enums by name, escapes), or with faults.
 */
import type { Random } from '@tracewright/std/testing';
import type { Node, Scalar, Tree } from './otlp-tree.ts';

const NONSENSE = [
  'null',
  'true',
  '{}',
  '[]',
  '[[]]',
  '""',
  '"x"',
  '-1',
  '1.5',
  '1e400',
  '1e-400',
  '18446744073709551616',
  '-9223372036854775809',
  '"NaN"',
  '"0x1f"',
  '00',
  '+1',
  '.5',
  '1.',
  'nul',
  '"\\ud800"',
  '"\\u00zz"',
  '"\\x"',
  '"\u0001"',
  '{"__proto__":{"a":1}}',
  '{"a":',
  '[1,]',
  '{,}',
  '\ufeff1',
];

/** The share of values that something is done to; 0 prints the message as it is. */
export function printJson(tree: Tree, random: Random, faults: number = 0): string {
  const single: Node[] = [];
  const lists = new Map<string, Node[]>();
  for (const node of tree) {
    const { name, repeated } = node.field;
    if (!repeated) single.push(node);
    else lists.set(name, [...(lists.get(name) ?? []), node]);
  }
  const members = single.map((node) => member(node, printValue(node, random, faults), random, faults));
  for (const nodes of lists.values()) {
    const [first] = nodes;
    if (first === undefined) continue;
    const values = nodes.map((node) => spoilt(printValue(node, random, faults), random, faults));
    members.push(member(first, `[${values.join(space(random, ','))}]`, random, faults));
  }
  if (random.chance(0.05)) members.push(`"unknownField":${random.pick(['1', '[{"a":[]}]', '"x"', 'null'])}`);
  if (random.chance(0.05)) members.push('"__proto__":{"polluted":true}');
  return `{${members.join(space(random, ','))}}`;
}

function member({ field }: Node, value: string, random: Random, faults: number): string {
  const snake = field.name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const name = random.chance(0.1) ? snake : field.name;
  const text = random.chance(0.02) ? escaped(name) : name;
  const pair = `"${text}"${space(random, ':')}${spoilt(value, random, faults)}`;
  return random.chance(faults / 4) ? `${pair},${pair}` : pair;
}

function spoilt(value: string, random: Random, faults: number): string {
  if (!random.chance(faults)) return value;
  switch (random.below(6)) {
    case 0:
      return value.slice(0, random.below(value.length + 1));
    case 1:
      return `[${value}]`;
    case 2:
      return `"${value.replaceAll('"', '')}"`;
    case 3:
      return '[{"a":'.repeat(random.pick([10, 300])) + value;
    default:
      return random.pick(NONSENSE);
  }
}

function printValue(node: Node, random: Random, faults: number): string {
  const { kind, names } = node.field;
  if (typeof kind !== 'string') return printJson(node.value as Tree, random, faults);
  const value = node.value as Scalar;
  switch (kind) {
    case 'string':
      return random.chance(0.05) ? `"${escaped(String(value))}"` : JSON.stringify(value);
    case 'bytes':
      return JSON.stringify(base64(value as Uint8Array, random.chance(0.2)));
    case 'traceId':
    case 'spanId':
      return JSON.stringify(hex(value as Uint8Array, random.chance(0.2)));
    case 'bool':
      return String(value);
    case 'double': {
      const number = value as number;
      if (!Number.isFinite(number)) return `"${number}"`;
      const text = Object.is(number, -0) ? '-0.0' : String(number);
      return random.chance(0.1) ? `"${text}"` : text;
    }
    case 'enum':
      return random.chance(0.3) ? `"${names?.[Number(value)]}"` : String(value);
    default:
      return random.chance(0.5) ? `"${value}"` : String(value);
  }
}

function space(random: Random, mark: string): string {
  return random.chance(0.03) ? ` \n${mark}\t\r ` : mark;
}

/** Every unit as an escape. */
function escaped(text: string): string {
  return Array.from({ length: text.length }, (_, at) => {
    return `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`;
  }).join('');
}

function hex(bytes: Uint8Array, upper: boolean): string {
  const text = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return upper ? text.toUpperCase() : text;
}

function base64(bytes: Uint8Array, urlSafe: boolean): string {
  const text = btoa(String.fromCharCode(...bytes));
  return urlSafe ? text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '') : text;
}
