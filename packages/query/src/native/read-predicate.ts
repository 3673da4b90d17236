/**
 * Predicate trees from JSON, in the shape of plan.ts. Values may be plain JSON (`500`, `"x"`, `true`) or name
 * their type, where an int may be a string because JSON's numbers lose what lies beyond 2^53.
 */
import { ok, type Result } from '@tracewright/std';
import { readDuration } from '../duration.ts';
import { QUERY_CONDITIONS_MAX, QUERY_DEPTH_MAX } from '../limits.ts';
import { checkPattern } from '../pattern.ts';
import type {
  AttributeScope,
  CompareOperator,
  Literal,
  Predicate,
  SpanField,
  TextOperator,
} from '../plan.ts';
import { KIND_WORDS, STATUS_WORDS } from '../traceql/vocabulary.ts';
import { type ParameterError, refuseParameter } from './parameter-error.ts';

type Words = Readonly<Record<string, bigint>>;
/** What a field holds; words stand for numbers. */
type FieldKind = 'text' | 'int' | 'duration' | Words;

export const SPAN_FIELDS: Readonly<Record<SpanField, FieldKind>> = {
  service: 'text',
  name: 'text',
  kind: KIND_WORDS,
  status: STATUS_WORDS,
  statusMessage: 'text',
  duration: 'duration',
  start: 'int',
  spanId: 'text',
  parentId: 'text',
  traceId: 'text',
  traceState: 'text',
  scopeName: 'text',
  scopeVersion: 'text',
  eventName: 'text',
  receiver: 'text',
};

const SCOPES: readonly string[] = [
  'span',
  'resource',
  'scope',
  'event',
  'link',
  'any',
] satisfies AttributeScope[];
const OPERATORS: readonly string[] = ['=', '!=', '<', '<=', '>', '>=', '=~', '!~', 'contains'];
type Operator = CompareOperator | TextOperator;
type Fields<Field extends string> = Readonly<Record<Field, FieldKind>>;
type Read<Field extends string> = Result<Predicate<Field>, ParameterError>;

export function readPredicate<Field extends string>(json: unknown, fields: Fields<Field>): Read<Field> {
  return new PredicateReader(fields).read(json, 'where', 0);
}

class PredicateReader<Field extends string> {
  readonly #fields: Fields<Field>;
  #conditions = 0;

  constructor(fields: Fields<Field>) {
    this.#fields = fields;
  }

  /** `path` names the node in messages: `where.of[1]`. */
  read(json: unknown, path: string, depth: number): Read<Field> {
    if (depth > QUERY_DEPTH_MAX)
      return refuseParameter(path, `is nested more than ${QUERY_DEPTH_MAX} levels deep`);
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      return refuseParameter(path, 'must be an object with a kind');
    const node = json as Record<string, unknown>;
    const kind = node['kind'];
    if (kind === 'and' || kind === 'or') return this.#readList(kind, node, path, depth);
    if (kind === 'not') {
      const inner = this.read(node['of'], `${path}.of`, depth + 1);
      return inner.ok ? ok({ kind, of: inner.value }) : inner;
    }
    this.#conditions += 1;
    if (this.#conditions > QUERY_CONDITIONS_MAX)
      return refuseParameter(path, `is one condition too many: at most ${QUERY_CONDITIONS_MAX} are allowed`);
    switch (kind) {
      case 'field':
        return this.#readField(node, path);
      case 'attribute':
      case 'attributeText':
      case 'attributeExists':
        return readAttribute(kind, node, path);
      default:
        return refuseParameter(
          `${path}.kind`,
          'must be one of and, or, not, field, attribute, attributeText, attributeExists',
        );
    }
  }

  #readList(kind: 'and' | 'or', node: Record<string, unknown>, path: string, depth: number): Read<Field> {
    const list = node['of'];
    if (!Array.isArray(list)) return refuseParameter(`${path}.of`, 'must be a list of predicates');
    const of: Predicate<Field>[] = [];
    for (const [index, each] of list.entries()) {
      const read = this.read(each, `${path}.of[${index}]`, depth + 1);
      if (!read.ok) return read;
      of.push(read.value);
    }
    return ok({ kind, of });
  }

  #readField(node: Record<string, unknown>, path: string): Read<Field> {
    const name = node['field'];
    if (typeof name !== 'string' || !Object.hasOwn(this.#fields, name)) {
      return refuseParameter(`${path}.field`, `must be one of ${Object.keys(this.#fields).join(', ')}`);
    }
    const field = name as Field;
    const operator = readOperator(node, path);
    if (!operator.ok) return operator;
    const value = readFieldValue(node['value'], this.#fields[field], `${path}.value`);
    if (!value.ok) return value;
    const fit = checkText(operator.value, value.value, path);
    return fit.ok ? ok({ kind: 'field', field, operator: operator.value, value: value.value }) : fit;
  }
}

function readAttribute<Field extends string>(
  kind: 'attribute' | 'attributeText' | 'attributeExists',
  node: Record<string, unknown>,
  path: string,
): Read<Field> {
  const { scope = 'any', key } = node;
  if (typeof scope !== 'string' || !SCOPES.includes(scope))
    return refuseParameter(`${path}.scope`, `must be one of ${SCOPES.join(', ')}`);
  if (typeof key !== 'string' || key === '')
    return refuseParameter(`${path}.key`, 'must be the name of an attribute');
  const place = { scope: scope as AttributeScope, key };
  if (kind === 'attributeExists') return ok({ kind, ...place });
  if (kind === 'attributeText') {
    const text = node['text'];
    return typeof text === 'string'
      ? ok({ kind, ...place, text })
      : refuseParameter(`${path}.text`, 'must be a string');
  }
  const operator = readOperator(node, path);
  if (!operator.ok) return operator;
  const value = readLiteral(node['value'], `${path}.value`);
  if (!value.ok) return value;
  const fit = checkText(operator.value, value.value, path);
  return fit.ok ? ok({ kind, ...place, operator: operator.value, value: value.value }) : fit;
}

function readOperator(node: Record<string, unknown>, path: string): Result<Operator, ParameterError> {
  const operator = node['operator'] ?? '=';
  if (typeof operator !== 'string' || !OPERATORS.includes(operator)) {
    return refuseParameter(`${path}.operator`, `must be one of ${OPERATORS.join(' ')}`);
  }
  return ok(operator as Operator);
}

function checkText(operator: Operator, value: Literal, path: string): Result<undefined, ParameterError> {
  if (operator !== '=~' && operator !== '!~' && operator !== 'contains') return ok(undefined);
  if (value.type !== 'string')
    return refuseParameter(`${path}.value`, `must be a string for the operator ${operator}`);
  const problem = operator === 'contains' ? undefined : checkPattern(value.value);
  return problem === undefined
    ? ok(undefined)
    : refuseParameter(`${path}.value`, `is no regular expression: ${problem}`);
}

function readFieldValue(json: unknown, kind: FieldKind, path: string): Result<Literal, ParameterError> {
  const plain = typeof json === 'string' ? json : undefined;
  if (plain !== undefined && kind === 'duration') {
    const nano = readDuration(plain);
    return nano.ok ? ok({ type: 'int', value: nano.value }) : refuseParameter(path, nano.failure);
  }
  if (plain !== undefined && kind === 'int') return readLiteral({ type: 'int', value: plain }, path);
  if (plain !== undefined && typeof kind === 'object') {
    const number = Object.hasOwn(kind, plain) ? kind[plain] : undefined;
    return number === undefined
      ? refuseParameter(path, `must be one of ${Object.keys(kind).join(', ')}`)
      : ok({ type: 'int', value: number });
  }
  const literal = readLiteral(json, path);
  if (!literal.ok) return literal;
  const { type } = literal.value;
  if (kind === 'text' ? type !== 'string' : type !== 'int' && type !== 'double') {
    return refuseParameter(path, kind === 'text' ? 'must be a string' : 'must be a number');
  }
  return literal;
}

function readLiteral(json: unknown, path: string): Result<Literal, ParameterError> {
  if (typeof json === 'string') return ok({ type: 'string', value: json });
  if (typeof json === 'boolean') return ok({ type: 'bool', value: json });
  if (typeof json === 'number') {
    if (Number.isSafeInteger(json)) return ok({ type: 'int', value: BigInt(json) });
    if (Number.isInteger(json) && Math.abs(json) < 2 ** 63) {
      return refuseParameter(path, 'is beyond 2^53: write {"type":"int","value":"…"}');
    }
    return ok({ type: 'double', value: json });
  }
  if (typeof json === 'object' && json !== null) {
    const { type, value } = json as { type?: unknown; value?: unknown };
    if (type === 'string' && typeof value === 'string') return ok({ type, value });
    if (type === 'bool' && typeof value === 'boolean') return ok({ type, value });
    if (type === 'double' && typeof value === 'number') return ok({ type, value });
    if (type === 'int') return readInt(value, path);
  }
  return refuseParameter(
    path,
    'must be a string, a number, true, false, or {"type":…,"value":…} of string, int, double or bool',
  );
}

function readInt(value: unknown, path: string): Result<Literal, ParameterError> {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text !== 'string' || !/^-?\d{1,20}$/.test(text))
    return refuseParameter(path, 'must be a whole number, as a string when it is beyond 2^53');
  const number = BigInt(text);
  // Times are unsigned, attributes signed: what fits neither is a mistake.
  if (number < -(2n ** 63n) || number >= 2n ** 64n) return refuseParameter(path, 'needs more than 64 bits');
  return ok({ type: 'int', value: number });
}
