/**
 * Attribute: a key with a typed value, as OpenTelemetry's AnyValue has them.
 *
 * The type survives from the wire to the answer: int64 is a bigint and double a number, so that the two
 * never mix; `empty` is an AnyValue with nothing set, which is not the empty string. Keys may repeat.
 */

export type AttributeValue =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'int'; readonly value: bigint }
  | { readonly type: 'double'; readonly value: number }
  | { readonly type: 'bytes'; readonly value: Uint8Array }
  | { readonly type: 'array'; readonly value: readonly AttributeValue[] }
  | { readonly type: 'map'; readonly value: readonly Attribute[] }
  | { readonly type: 'empty' };

export type Attribute = { readonly key: string; readonly value: AttributeValue };

/** The codes by which nested attributes (of events and links) name their type in storage. */
export const ATTRIBUTE_TYPE = { string: 1, bool: 2, int: 3, double: 4, other: 5 } as const;

/** The first value of `key`, which is the one that every search sees. */
export function findAttribute(attributes: readonly Attribute[], key: string): AttributeValue | undefined {
  for (const attribute of attributes) if (attribute.key === key) return attribute.value;
  return undefined;
}

/** The text by which dialects that know only strings compare and show a value: `true`, `42`, `1.5`, JSON for lists. */
export function attributeText(value: AttributeValue): string {
  switch (value.type) {
    case 'string':
      return value.value;
    case 'bool':
    case 'int':
    case 'double':
      return String(value.value);
    case 'empty':
      return '';
    default:
      return JSON.stringify(attributeJson(value));
  }
}

/** A value as plain JSON: bytes in base64, int64 as a number where it is exact and as a string where it is not. */
export function attributeJson(value: AttributeValue): unknown {
  switch (value.type) {
    case 'string':
    case 'bool':
    case 'double':
      return value.value;
    case 'int':
      return BigInt(Number(value.value)) === value.value && Number.isSafeInteger(Number(value.value))
        ? Number(value.value)
        : String(value.value);
    case 'bytes':
      return base64(value.value);
    case 'array':
      return value.value.map(attributeJson);
    case 'map':
      return Object.fromEntries(value.value.map((entry) => [entry.key, attributeJson(entry.value)]));
    case 'empty':
      return null;
  }
}

function base64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
