/** Lowers one comparison of an attribute or a field with a value. */
import { err, ok, type Result } from '@tracewright/std';
import { anchorPattern, checkPattern } from '../pattern.ts';
import { type AttributeScope, EVERYTHING, type Literal, type Predicate } from '../plan.ts';
import { suggestWord } from './suggest.ts';
import type { Expression, QueryError, Static } from './syntax.ts';
import { type FieldType, type Intrinsic, KIND_WORDS, SEVERITY_WORDS, STATUS_WORDS } from './vocabulary.ts';

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=' | '=~' | '!~';
type Table<Field> = Readonly<Record<string, Intrinsic<Field>>>;
type Lowered<Field extends string> = Result<Predicate<Field>, QueryError>;
type Value = Extract<Expression, { kind: 'static' }>;

export function lowerAttribute<Field extends string>(
  reference: Extract<Expression, { kind: 'attribute' }>,
  operator: Comparison,
  value: Value,
  table: Table<Field>,
): Lowered<Field> {
  const { scope, name } = reference;
  if (value.value.type === 'nil') return existence(reference, operator, value, table);
  const literal = attributeLiteral(operator, value);
  if (!literal.ok) return literal;
  if (scope !== 'unscoped') return ok(onScope(scope, name, operator, literal.value));
  // The span's own attribute hides the resource's, also when its type does not fit.
  return ok({
    kind: 'or',
    of: [
      onScope<Field>('span', name, operator, literal.value),
      {
        kind: 'and',
        of: [
          { kind: 'not', of: { kind: 'attributeExists', scope: 'span', key: name } },
          onScope<Field>('resource', name, operator, literal.value),
        ],
      },
    ],
  });
}

/** The service's name has a field of its own, unless it is asked for as something that is no text. */
function onScope<Field extends string>(
  scope: AttributeScope,
  key: string,
  operator: Comparison,
  value: Literal,
): Predicate<Field> {
  if (scope === 'resource' && key === 'service.name' && value.type === 'string') {
    // Both tables of fields have `service`; the type parameter cannot say so.
    return { kind: 'field', field: 'service' as Field, operator, value };
  }
  return { kind: 'attribute', scope, key, operator, value };
}

function existence<Field extends string>(
  reference: Extract<Expression, { kind: 'attribute' }>,
  operator: Comparison,
  value: Value,
  table: Table<Field>,
): Lowered<Field> {
  if (operator !== '=' && operator !== '!=')
    return refuse(value, 'nil can only be compared with = and !=', '= or !=');
  const { scope, name } = reference;
  if (scope === 'resource' && name === 'service.name') {
    if (operator === '=')
      return refuse(reference, 'resource.service.name always exists', '!= nil, or a comparison');
    return ok(EVERYTHING);
  }
  const exists: Predicate<Field> =
    scope === 'unscoped'
      ? {
          kind: 'or',
          of: [
            { kind: 'attributeExists', scope: 'span', key: name },
            { kind: 'attributeExists', scope: 'resource', key: name },
          ],
        }
      : { kind: 'attributeExists', scope, key: name };
  if (operator === '!=') return ok(exists);
  const missing: Predicate<Field> = { kind: 'not', of: exists };
  if (scope === 'link')
    return refuse(reference, 'Not supported yet: "= nil" on an attribute of links', '!= nil');
  if (scope !== 'event') return ok(missing);
  // Only spans that have events at all are asked for.
  const event = table['event:name'];
  if (event === undefined) return ok(missing);
  return ok({ kind: 'and', of: [anyText(event.field), missing] });
}

function anyText<Field extends string>(field: Field): Predicate<Field> {
  return { kind: 'field', field, operator: '=~', value: { type: 'string', value: '' } };
}

function attributeLiteral(operator: Comparison, value: Value): Result<Literal, QueryError> {
  const constant = value.value;
  if (operator === '=~' || operator === '!~') return pattern(value);
  switch (constant.type) {
    case 'bool':
      if (operator !== '=' && operator !== '!=')
        return refuse(value, 'true and false can only be compared with = and !=', '= or !=');
      return ok(constant);
    case 'keyword':
      return refuse(
        value,
        `"${constant.value}" is a value of status or kind, not of attributes`,
        'a value',
        JSON.stringify(constant.value),
      );
    case 'duration':
      return ok({ type: 'int', value: constant.value });
    case 'nil':
      return refuse(value, 'nil can only be compared with = and !=', '= or !=');
    default:
      return ok(constant);
  }
}

function pattern(value: Value): Result<Literal, QueryError> {
  if (value.value.type !== 'string')
    return refuse(value, 'A pattern is text', 'a regular expression in quotes');
  const problem = checkPattern(value.value.value);
  if (problem !== undefined) return refuse(value, `Invalid regular expression: ${problem}`);
  return ok({ type: 'string', value: anchorPattern(value.value.value) });
}

export function lowerIntrinsic<Field extends string>(
  reference: Extract<Expression, { kind: 'intrinsic' }>,
  operator: Comparison,
  value: Value,
  table: Table<Field>,
): Lowered<Field> {
  const intrinsic = table[reference.name];
  if (intrinsic === undefined) return refuse(reference, `Unknown identifier: ${reference.name}`);
  const { field, type } = intrinsic;
  if (value.value.type === 'nil') {
    if (operator !== '!=')
      return refuse(value, `"${reference.name}" always exists`, '!= nil, or a comparison');
    return ok(reference.name === 'event:name' ? anyText(field) : EVERYTHING);
  }
  if (operator === '=~' || operator === '!~') {
    if (!isText(type))
      return refuse(reference, `"${reference.name}" is not text, so no pattern fits it`, '=, != or an order');
    const literal = pattern(value);
    return literal.ok ? ok({ kind: 'field', field, operator, value: literal.value }) : literal;
  }
  if (type === 'severity' && value.value.type === 'keyword')
    return severity(field, operator, value, value.value.value);
  const literal = fieldLiteral(reference.name, type, operator, value);
  return literal.ok ? ok({ kind: 'field', field, operator, value: literal.value }) : literal;
}

function isText(type: FieldType): boolean {
  return type === 'text' || type === 'traceId' || type === 'spanId';
}

function fieldLiteral(
  name: string,
  type: FieldType,
  operator: Comparison,
  value: Value,
): Result<Literal, QueryError> {
  const constant = value.value;
  if (type === 'status' || type === 'kind') {
    if (operator !== '=' && operator !== '!=')
      return refuse(value, `"${name}" can only be compared with = and !=`, '= or !=');
    return wordLiteral(name, type === 'status' ? STATUS_WORDS : KIND_WORDS, value);
  }
  if (type === 'severity') {
    return constant.type === 'int' ? ok(constant) : wordLiteral(name, SEVERITY_WORDS, value);
  }
  if (type === 'duration') {
    if (constant.type === 'duration') return ok({ type: 'int', value: constant.value });
    if (constant.type === 'int' || constant.type === 'double') return ok(constant);
    return refuse(value, `"${name}" is a duration`, 'a duration such as 100ms');
  }
  if (constant.type !== 'string') {
    return refuse(value, `"${name}" is text`, 'text in quotes', JSON.stringify(constantText(constant)));
  }
  return ok({ type: 'string', value: idText(type, constant.value) });
}

function constantText(constant: Static): string {
  return constant.type === 'nil' ? 'nil' : String(constant.value);
}

function wordLiteral(
  name: string,
  words: Readonly<Record<string, bigint>>,
  value: Value,
): Result<Literal, QueryError> {
  const constant = value.value;
  const expected = `one of ${Object.keys(words).join(', ')}`;
  if (constant.type === 'int') return ok(constant);
  const text = constant.type === 'nil' ? 'nil' : String(constant.value);
  const number = constant.type === 'keyword' && Object.hasOwn(words, text) ? words[text] : undefined;
  if (number !== undefined) return ok({ type: 'int', value: number });
  const near = Object.hasOwn(words, text) ? text : suggestWord(text, Object.keys(words));
  return refuse(value, `${JSON.stringify(text)} is no value of "${name}"`, expected, near);
}

/** Each severity is a range of four numbers, so `= error` is 17 to 20. */
function severity<Field extends string>(
  field: Field,
  operator: Exclude<Comparison, '=~' | '!~'>,
  value: Value,
  word: string,
): Lowered<Field> {
  const first = Object.hasOwn(SEVERITY_WORDS, word) ? SEVERITY_WORDS[word] : undefined;
  if (first === undefined) {
    return refuse(
      value,
      `${JSON.stringify(word)} is no value of "severity"`,
      `one of ${Object.keys(SEVERITY_WORDS).join(', ')}`,
    );
  }
  const bound = (side: '<' | '>=', number: bigint): Predicate<Field> => ({
    kind: 'field',
    field,
    operator: side,
    value: { type: 'int', value: number },
  });
  const from = bound('>=', first);
  const below = bound('<', first);
  const beyond = bound('>=', first + 4n);
  const upTo = bound('<', first + 4n);
  switch (operator) {
    case '=':
      return ok({ kind: 'and', of: [from, upTo] });
    case '!=':
      return ok({ kind: 'or', of: [below, beyond] });
    case '<':
      return ok(below);
    case '<=':
      return ok(upTo);
    case '>':
      return ok(beyond);
    case '>=':
      return ok(from);
  }
}

/** Ids are stored as padded lower-case hex; what is no hex is left alone and will not match. */
function idText(type: FieldType, text: string): string {
  if (type === 'text' || text === '' || !/^[0-9a-fA-F]+$/.test(text)) return text;
  return text.toLowerCase().padStart(type === 'traceId' ? 32 : 16, '0');
}

function refuse(
  at: Expression,
  message: string,
  expected?: string,
  suggestion?: string,
): { ok: false; failure: QueryError } {
  return err({
    message,
    position: at.from,
    length: at.to - at.from,
    ...(expected === undefined ? {} : { expected }),
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}
