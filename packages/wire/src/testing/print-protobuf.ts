/**
 * Prints a tree as protobuf, right or with faults. A fault is put in while its field is written, so that the lengths
 * around it are true and the decoder gets as far as the fault; only lengths that are meant to lie do.
 */
import { joinBytes, type Random } from '@tracewright/std/testing';
import type { Node, Scalar, Tree } from './otlp-tree.ts';

const encoder = new TextEncoder();

/** The share of fields that something is done to; 0 prints the message as it is. */
export function printProtobuf(tree: Tree, faults: number = 0, random?: Random): Uint8Array<ArrayBuffer> {
  return joinBytes(
    ...tree.map((node) => {
      const right = printField(node, faults, random);
      return random !== undefined && faults > 0 && random.chance(faults) ? spoil(node, right, random) : right;
    }),
  );
}

function printField(node: Node, faults: number, random: Random | undefined): Uint8Array {
  const { number, kind } = node.field;
  if (typeof kind !== 'string') return delimited(number, printProtobuf(node.value as Tree, faults, random));
  return printScalar(number, kind, node.value as Scalar);
}

function printScalar(number: number, kind: string, value: Scalar): Uint8Array {
  switch (kind) {
    case 'string':
      return delimited(number, encoder.encode(String(value)));
    case 'bytes':
    case 'traceId':
    case 'spanId':
      return delimited(number, value as Uint8Array);
    case 'bool':
      return joinBytes(tag(number, 0), Uint8Array.of(value === true ? 1 : 0));
    case 'fixed32':
      return joinBytes(tag(number, 5), littleEndian(BigInt(value as bigint), 4));
    case 'fixed64':
      return joinBytes(tag(number, 1), littleEndian(BigInt(value as bigint), 8));
    case 'double': {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setFloat64(0, value as number, true);
      return joinBytes(tag(number, 1), bytes);
    }
    default:
      return joinBytes(tag(number, 0), varint(value as bigint));
  }
}

const NOT_UTF8 = [
  Uint8Array.of(0xff),
  Uint8Array.of(0xc0, 0x80),
  Uint8Array.of(0xed, 0xa0, 0x80),
  Uint8Array.of(0xf0, 0x9f),
];

/** What may be wrong with a field, or only unusual. */
function spoil(node: Node, right: Uint8Array, random: Random): Uint8Array {
  const { number } = node.field;
  const content = contentOf(right);
  switch (random.below(20)) {
    case 0:
      return delimited(random.pick([0, 4, 13, 17, 100, 1000, 2 ** 29 - 1]), content);
    case 1:
      return joinBytes(tag(number, random.below(8)), content);
    case 2:
      return joinBytes(tag(number, 2), varint(BigInt(content.length + 1 + random.small(300))), content);
    case 3:
      return joinBytes(tag(number, 2), varint(BigInt(random.below(content.length + 1))), content);
    case 4:
      return joinBytes(tag(number, 2), random.pick(LENGTHS), content);
    case 5:
      return right.slice(0, random.below(right.length + 1));
    case 6:
      return joinBytes(tag(number, 0), endless(random));
    case 7:
      return joinBytes(tag(number, 3), right, tag(random.chance(0.7) ? number : number + 1, 4));
    case 8:
      return tag(number, random.pick([3, 4]));
    case 9:
      return joinBytes(...random.list(random.below(40), () => tag(200, 3)), right);
    case 10:
      return joinBytes(right, right);
    case 11:
      return joinBytes(unknownField(random), right, unknownField(random));
    case 12:
      // Packed, as if it were a repeated number.
      return delimited(number, joinBytes(varint(BigInt(random.word())), varint(BigInt(random.word()))));
    case 13:
      return delimited(number, random.pick(NOT_UTF8));
    case 14:
      return joinBytes(tag(number, 0), varint(random.pick([2n ** 64n - 1n, 2n ** 63n, 2n ** 32n, -1n])));
    case 15:
      return deepValue(number, random);
    case 16:
      return delimited(number, random.bytes(random.small(30)));
    case 17:
      return delimited(number, new Uint8Array(0));
    case 18:
      return joinBytes(
        overlong(BigInt(number * 8 + (right[0] as number & 7))),
        right.slice(tag(number, 0).length),
      );
    default:
      return new Uint8Array(0);
  }
}

const LENGTHS = [
  Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x07),
  Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f),
  Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x10),
  Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01),
  Uint8Array.of(0x80),
];

/** What follows the tag. */
function contentOf(field: Uint8Array): Uint8Array {
  let at = 0;
  while (at < field.length && (field[at] as number) >= 0x80) at++;
  return field.slice(at + 1);
}

function unknownField(random: Random): Uint8Array {
  const number = 300 + random.below(1_000);
  return random.chance(0.5)
    ? delimited(number, random.bytes(random.small(10)))
    : joinBytes(tag(number, 5), random.bytes(4));
}

/** A value in a value in a value, about as deep as is allowed, or far deeper. */
function deepValue(number: number, random: Random): Uint8Array {
  let bytes: Uint8Array = Uint8Array.of(0x10, 1);
  for (let level = random.pick([3, 60, 63, 64, 65, 66, 300]); level > 0; level--)
    bytes = delimited(random.pick([5, 5, 6]), delimited(1, bytes));
  return delimited(number, bytes);
}

function endless(random: Random): Uint8Array {
  return new Uint8Array(9 + random.below(4)).fill(0xff);
}

function overlong(value: bigint): Uint8Array {
  const bytes = [...varint(value)];
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 0x80;
  return Uint8Array.of(...bytes, 0x80, 0);
}

export function delimited(number: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  return joinBytes(tag(number, 2), varint(BigInt(content.length)), content);
}

function tag(number: number, wireType: number): Uint8Array {
  return varint(BigInt(number) * 8n + BigInt(wireType));
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, value);
  for (; left >= 0x80n; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80);
  bytes.push(Number(left));
  return Uint8Array.from(bytes);
}

function littleEndian(value: bigint, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, at) => Number((value >> BigInt(8 * at)) & 0xffn));
}
