/**
 * Conditions on attributes: where a value of each type may stand, and how it is asked for there.
 *
 * A string may stand in its promoted column or in either string map, so a condition looks in all of them.
 * An element of a map that is absent reads as empty or zero, so the key's presence is asked for too. Each arm
 * of such a disjunction is written so that an index understands it: one that none understands would make the
 * engine read everything.
 *
 * OTLP forbids a key to repeat. Where one does, each of the places is asked, so a later value may be found too.
 */
import { ATTRIBUTE_TYPE, PROMOTED_ATTRIBUTES, SHARED_KIND } from '@tracewright/model';
import type { AttributeScope, Literal } from '@tracewright/query';
import { DATABASE } from '../schema/v0001.ts';
import {
  ALWAYS,
  absentSatisfies,
  allOf,
  anyOf,
  compareBool,
  compareNumber,
  compareText,
  NEVER,
  type Operator,
} from './comparison.ts';
import { printBytes, printDouble, printInteger, printText } from './literal.ts';

/** What is asked of a key's value. */
export type AttributeTest =
  | { readonly kind: 'compare'; readonly operator: Operator; readonly value: Literal }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'exists' };

export type AttributeTable = 'spans' | 'logs';

/** The condition on rows of `table`, whose tenant is `tenant`. */
export function attributeCondition(
  table: AttributeTable,
  tenant: string,
  scope: AttributeScope,
  key: string,
  test: AttributeTest,
): string {
  switch (scope) {
    case 'span':
      return mapsCondition(table === 'spans', key, test);
    case 'resource':
      return sharedCondition('resource_id', SHARED_KIND.resource, tenant, mapsCondition(false, key, test));
    case 'scope':
      return sharedCondition('scope_id', SHARED_KIND.scope, tenant, mapsCondition(false, key, test));
    case 'event':
      return table === 'spans' ? nestedCondition('bitAnd(o, 1) = 0', key, test) : NEVER;
    case 'link':
      return table === 'spans' ? nestedCondition('bitAnd(o, 1) = 1', key, test) : NEVER;
    case 'any':
      return anyOf([
        mapsCondition(table === 'spans', key, test),
        attributeCondition(table, tenant, 'resource', key, test),
        attributeCondition(table, tenant, 'scope', key, test),
        table === 'spans' ? nestedCondition(undefined, key, test) : NEVER,
      ]);
  }
}

/** Rows that refer to a shared value for which `condition` holds. */
export function sharedCondition(column: string, kind: number, tenant: string, condition: string): string {
  if (condition === NEVER) return NEVER;
  return `${column} IN (SELECT id FROM ${DATABASE}.shared WHERE tenant = ${printText(tenant)} AND kind = ${kind} AND ${condition})`;
}

function mapsCondition(promoted: boolean, key: string, test: AttributeTest): string {
  const column = promoted ? PROMOTED_ATTRIBUTES.find((attribute) => attribute.key === key) : undefined;
  const strings = column?.type === 'string' ? column.column : undefined;
  const status = column?.type === 'status' ? column.column : undefined;
  switch (test.kind) {
    case 'compare':
      return anyOf([
        ...stringArms(strings, key, test.operator, test.value),
        ...numberArms(status, key, test.operator, test.value),
        mapArm('attrs_bool', key, compareBool, test.operator, test.value),
      ]);
    case 'text':
      return anyOf(
        literalsOfText(test.text).flatMap((value) => [
          ...stringArms(strings, key, '=', value),
          ...(value.type === 'int' ? numberArms(status, key, '=', value, ['attrs_int']) : []),
          ...(value.type === 'double' ? doubleTextArms(key, value.value) : []),
          mapArm('attrs_bool', key, compareBool, '=', value),
          value.type === 'string' && value.value === '' ? emptyArm(key) : undefined,
        ]),
      );
    case 'exists':
      return anyOf([
        strings === undefined ? undefined : `${strings} != ''`,
        status === undefined ? undefined : `${status} != 0`,
        ...['few', 'str', 'int', 'double', 'bool', 'other'].map((name) => hasKey(`attrs_${name}`, key)),
      ]);
  }
}

function stringArms(
  column: string | undefined,
  key: string,
  operator: Operator,
  value: Literal,
): (string | undefined)[] {
  if (column === undefined) {
    return [
      mapArm('attrs_few', key, compareText, operator, value),
      mapArm('attrs_str', key, compareText, operator, value),
    ];
  }
  const guard = absentSatisfies(operator, value) ? `${column} != ''` : ALWAYS;
  return [
    allOf([guard, compareText(column, operator, value)]),
    // A map holds this key for a value that is empty; or for one that repeats it, and the first counts.
    emptySatisfies(operator, value)
      ? allOf([
          `${column} = ''`,
          anyOf([hasKey('attrs_few', key), hasKey('attrs_str', key)]),
          compareText("''", operator, value),
        ])
      : undefined,
  ];
}

/** Whether the empty text could satisfy the comparison. */
function emptySatisfies(operator: Operator, value: Literal): boolean {
  if (value.type !== 'string') return false;
  switch (operator) {
    case '=':
    case '>=':
    case 'contains':
      return value.value === '';
    case '!=':
    case '<':
      return value.value !== '';
    case '>':
      return false;
    default:
      return true;
  }
}

function numberArms(
  column: string | undefined,
  key: string,
  operator: Operator,
  value: Literal,
  maps: readonly ('attrs_int' | 'attrs_double')[] = ['attrs_int', 'attrs_double'],
): (string | undefined)[] {
  const guard = absentSatisfies(operator, value) ? `${column} != 0` : ALWAYS;
  const isStatus = column !== undefined && operator === '=' && inStatusRange(value);
  return [
    column === undefined ? undefined : allOf([guard, compareWhole(column, operator, value)]),
    ...maps.map((map) => {
      if (map === 'attrs_double') return mapArm(map, key, compareFloat, operator, value);
      // What the column can hold is not in the map, unless as a repetition.
      return isStatus ? undefined : mapArm(map, key, compareWhole, operator, value);
    }),
  ];
}

const STATUS_MAX = 65_535;

function inStatusRange(value: Literal): boolean {
  if (value.type !== 'int' && value.type !== 'double') return false;
  return Number(value.value) >= 1 && Number(value.value) <= STATUS_MAX;
}

/**
 * Compares a whole number. For equality the literal must be one too: no whole number equals a fraction, and the
 * indexes on whole numbers understand no floats.
 */
function compareWhole(expression: string, operator: Operator, literal: Literal): string | undefined {
  if (literal.type !== 'double' || (operator !== '=' && operator !== '!=')) {
    return compareNumber(expression, operator, literal);
  }
  if (Number.isInteger(literal.value)) {
    const value = BigInt(literal.value);
    if (value >= INT64_MIN && value <= INT64_MAX) return `${expression} ${operator} ${printInteger(value)}`;
  }
  return operator === '=' ? undefined : ALWAYS;
}

/** Compares a float. For equality the literal is made one, or is known to be unequal to all of them. */
function compareFloat(expression: string, operator: Operator, literal: Literal): string | undefined {
  if (literal.type !== 'int' || (operator !== '=' && operator !== '!=')) {
    return compareNumber(expression, operator, literal);
  }
  const value = Number(literal.value);
  if (BigInt(value) === literal.value) return `${expression} ${operator} ${printDouble(value)}`;
  return operator === '=' ? undefined : ALWAYS;
}

/** `has`, `mapContains` and the element of a map miss the empty text among values of a dictionary. */
export function hasText(array: string, text: string): string {
  return text === '' ? `arrayExists(x -> x = '', ${array})` : `has(${array}, ${printText(text)})`;
}

/** The first value of a key, or what an absent one reads as. A plain element is what the indexes understand. */
function valueAt(map: string, key: string): string {
  return key === ''
    ? `arrayFirst((v, k) -> k = '', mapValues(${map}), mapKeys(${map}))`
    : `${map}[${printText(key)}]`;
}

function hasKey(map: string, key: string): string {
  return key === '' ? hasText(`mapKeys(${map})`, key) : `mapContains(${map}, ${printText(key)})`;
}

function mapArm(
  map: string,
  key: string,
  compare: (expression: string, operator: Operator, value: Literal) => string | undefined,
  operator: Operator,
  value: Literal,
): string | undefined {
  const compared = compare(valueAt(map, key), operator, value);
  if (compared === undefined) return undefined;
  // An equality finds its granules by the value's index, everything else by the key's.
  if (operator !== '=' || absentSatisfies(operator, value)) return allOf([hasKey(map, key), compared]);
  // The element of a map whose values are in a dictionary is not understood by the index on its values.
  if (map !== 'attrs_few' || value.type !== 'string') return compared;
  return allOf([`has(mapValues(attrs_few), ${printText(value.value)})`, compared]);
}

function doubleTextArms(key: string, value: number): (string | undefined)[] {
  if (Number.isNaN(value)) return [`isNaN(${valueAt('attrs_double', key)})`];
  return [mapArm('attrs_double', key, compareFloat, '=', { type: 'double', value })];
}

/** The value that has no type at all is stored as a message without bytes. */
function emptyArm(key: string): string {
  return allOf([hasKey('attrs_other', key), `${valueAt('attrs_other', key)} = ''`]);
}

const INT64_MIN = -(2n ** 63n);
const INT64_MAX: bigint = 2n ** 63n - 1n;

/** The values that print as `text` (see attributeText), lists and maps excepted. */
function literalsOfText(text: string): Literal[] {
  const literals: Literal[] = [{ type: 'string', value: text }];
  if (text === 'true' || text === 'false') literals.push({ type: 'bool', value: text === 'true' });
  if (/^(?:0|-?[1-9][0-9]{0,18})$/.test(text)) {
    const value = BigInt(text);
    if (value >= INT64_MIN && value <= INT64_MAX) literals.push({ type: 'int', value });
  }
  if (String(Number(text)) === text) literals.push({ type: 'double', value: Number(text) });
  return literals;
}

/**
 * Attributes of events and links stand in four parallel arrays. `owner` restricts whose they are. Where a
 * value is asked for by equality, `has` is what the index on the values understands, and elsewhere that on the keys.
 */
function nestedCondition(owner: string | undefined, key: string, test: AttributeTest): string {
  const name = printText(key);
  const isThere = hasText('nested_key', key);
  if (test.kind === 'exists') return nestedExists(`k = ${name}`, owner, [isThere]);
  if (test.kind === 'text') {
    return anyOf([
      test.text === ''
        ? nestedExists(`k = ${name} AND t = ${ATTRIBUTE_TYPE.other} AND v = ''`, owner, [isThere])
        : undefined,
      ...literalsOfText(test.text).map((value) =>
        value.type === 'double' && Number.isNaN(value.value)
          ? nestedExists(
              `k = ${name} AND t = ${ATTRIBUTE_TYPE.double} AND isNaN(reinterpretAsFloat64(v))`,
              owner,
              [isThere],
            )
          : nestedCompare(owner, key, '=', value, value.type === 'double' || value.type === 'int'),
      ),
    ]);
  }
  return nestedCompare(owner, key, test.operator, test.value, false);
}

function nestedCompare(
  owner: string | undefined,
  key: string,
  operator: Operator,
  value: Literal,
  sameTypeOnly: boolean,
): string {
  const arm = (type: number, compared: string | undefined, bytes?: Uint8Array): string | undefined =>
    compared === undefined
      ? undefined
      : nestedExists(
          `k = ${printText(key)} AND t = ${type} AND ${compared}`,
          owner,
          operator === '=' && bytes !== undefined
            ? [`has(nested_value, ${printBytes(bytes)})`]
            : [hasText('nested_key', key)],
        );
  switch (value.type) {
    case 'string':
      return anyOf([
        arm(ATTRIBUTE_TYPE.string, compareText('v', operator, value), new TextEncoder().encode(value.value)),
      ]);
    case 'bool':
      return anyOf([
        arm(
          ATTRIBUTE_TYPE.bool,
          compareBool(`(v = '\\x01')`, operator, value),
          Uint8Array.of(value.value ? 1 : 0),
        ),
      ]);
    default: {
      const whole = compareNumber('reinterpretAsInt64(v)', operator, value);
      const float = compareNumber('reinterpretAsFloat64(v)', operator, value);
      return anyOf([
        sameTypeOnly && value.type === 'double'
          ? undefined
          : arm(ATTRIBUTE_TYPE.int, whole, value.type === 'int' ? int64Bytes(value.value) : undefined),
        sameTypeOnly && value.type === 'int' ? undefined : arm(ATTRIBUTE_TYPE.double, float),
      ]);
    }
  }
}

function nestedExists(condition: string, owner: string | undefined, first: readonly string[]): string {
  const inside = owner === undefined ? condition : `${owner} AND ${condition}`;
  return allOf([
    ...first,
    `arrayExists((o, k, t, v) -> ${inside}, nested_owner, nested_key, nested_type, nested_value)`,
  ]);
}

function int64Bytes(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, value, true);
  return bytes;
}
