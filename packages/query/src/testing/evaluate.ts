/**
 * The meaning of plans, by brute force over spans and logs in memory.
 *
 * It is the oracle: whoever compiles plans to something fast is compared with it, and the routes are tested
 * over it. It is slow on purpose and says each rule of plan.ts once.
 */
import {
  type Attribute,
  type AttributeValue,
  attributeText,
  findAttribute,
  type LogRecord,
  type Span,
} from '@tracewright/model';
import { assert, unreachable } from '@tracewright/std';
import { readPattern } from '../pattern.ts';
import type {
  AttributeScope,
  CompareOperator,
  Literal,
  LogField,
  LogPredicate,
  Predicate,
  SpanField,
  SpanPredicate,
  TextOperator,
} from '../plan.ts';

type Operator = CompareOperator | TextOperator;

/** What a predicate sees of one row: field values (any may satisfy) and the places of each scope. */
type Row<Field extends string> = {
  readonly field: (field: Field, operator: Operator) => readonly AttributeValue[];
  readonly places: (scope: AttributeScope) => readonly (readonly Attribute[])[];
};

export function evaluateSpan(where: SpanPredicate, span: Span): boolean {
  return evaluate(where, spanRow(span));
}

export function evaluateLog(where: LogPredicate, log: LogRecord): boolean {
  return evaluate(where, logRow(log));
}

function evaluate<Field extends string>(where: Predicate<Field>, row: Row<Field>): boolean {
  switch (where.kind) {
    case 'and':
      return where.of.every((part) => evaluate(part, row));
    case 'or':
      return where.of.some((part) => evaluate(part, row));
    case 'not':
      return !evaluate(where.of, row);
    case 'field':
      return row
        .field(where.field, where.operator)
        .some((value) => compare(value, where.operator, where.value));
    case 'attribute':
      return values(row, where.scope, where.key).some((value) => compare(value, where.operator, where.value));
    case 'attributeText':
      return values(row, where.scope, where.key).some((value) => attributeText(value) === where.text);
    case 'attributeExists':
      return values(row, where.scope, where.key).length > 0;
    default:
      return unreachable(where);
  }
}

function values<Field extends string>(
  row: Row<Field>,
  scope: AttributeScope,
  key: string,
): readonly AttributeValue[] {
  return row.places(scope).flatMap((place) => findAttribute(place, key) ?? []);
}

function compare(value: AttributeValue, operator: Operator, literal: Literal): boolean {
  if (operator === '=~' || operator === '!~' || operator === 'contains') {
    if (value.type !== 'string' || literal.type !== 'string') return false;
    if (operator === 'contains') return value.value.includes(literal.value);
    const pattern = readPattern(literal.value);
    assert(pattern.ok, `A plan holds the pattern ${literal.value}, which is none`);
    return pattern.value.test(value.value) === (operator === '=~');
  }
  if (literal.type === 'string') {
    return value.type === 'string' && decide(compareBytes(value.value, literal.value), operator);
  }
  if (literal.type === 'bool') {
    return value.type === 'bool' && decide(Number(value.value) - Number(literal.value), operator);
  }
  if (value.type !== 'int' && value.type !== 'double') return false;
  // JavaScript compares bigint with number exactly; NaN is unequal to everything.
  if (Number.isNaN(value.value) || Number.isNaN(literal.value)) return operator === '!=';
  return decide(value.value < literal.value ? -1 : value.value > literal.value ? 1 : 0, operator);
}

function decide(order: number, operator: CompareOperator): boolean {
  switch (operator) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    default:
      return unreachable(operator);
  }
}

/** Order of UTF-8 bytes, which is the order of code points and not the one of UTF-16 units. */
function compareBytes(left: string, right: string): number {
  const encoder = new TextEncoder();
  const a = encoder.encode(left);
  const b = encoder.encode(right);
  for (let at = 0; at < a.length && at < b.length; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

const text = (value: string): readonly AttributeValue[] => [{ type: 'string', value }];
const whole = (value: bigint | number): readonly AttributeValue[] => [{ type: 'int', value: BigInt(value) }];

function spanRow(span: Span): Row<SpanField> {
  return {
    field: (field) => {
      switch (field) {
        case 'service':
          return text(span.resource.service);
        case 'name':
          return text(span.name);
        case 'kind':
          return whole(span.kind);
        case 'status':
          return whole(span.statusCode);
        case 'statusMessage':
          return text(span.statusMessage);
        case 'duration':
          return whole(span.endUnixNano > span.startUnixNano ? span.endUnixNano - span.startUnixNano : 0n);
        case 'start':
          return whole(span.startUnixNano);
        case 'spanId':
          return text(span.spanId);
        case 'parentId':
          return text(span.parentSpanId);
        case 'traceId':
          return text(span.traceId);
        case 'traceState':
          return text(span.traceState);
        case 'scopeName':
          return text(span.scope.name);
        case 'scopeVersion':
          return text(span.scope.version);
        case 'eventName':
          return span.events.flatMap((event) => text(event.name));
        case 'receiver':
          return text(span.receiver);
        default:
          return unreachable(field);
      }
    },
    places: (scope) => {
      switch (scope) {
        case 'span':
          return [span.attributes];
        case 'resource':
          return [span.resource.attributes];
        case 'scope':
          return [span.scope.attributes];
        case 'event':
          return span.events.map((event) => event.attributes);
        case 'link':
          return span.links.map((link) => link.attributes);
        case 'any':
          return [
            span.attributes,
            span.resource.attributes,
            span.scope.attributes,
            ...span.events.map((event) => event.attributes),
            ...span.links.map((link) => link.attributes),
          ];
        default:
          return unreachable(scope);
      }
    },
  };
}

function logRow(log: LogRecord): Row<LogField> {
  return {
    field: (field, operator) => {
      switch (field) {
        case 'service':
          return text(log.resource.service);
        case 'severity':
          return whole(log.severityNumber);
        case 'severityText':
          return text(log.severityText);
        case 'body':
          return bodyTexts(log.body, operator);
        case 'eventName':
          return text(log.eventName);
        case 'traceId':
          return text(log.traceId);
        case 'spanId':
          return text(log.spanId);
        case 'scopeName':
          return text(log.scope.name);
        case 'receiver':
          return text(log.receiver);
        default:
          return unreachable(field);
      }
    },
    places: (scope) => {
      switch (scope) {
        case 'span':
          return [log.attributes];
        case 'resource':
          return [log.resource.attributes];
        case 'scope':
          return [log.scope.attributes];
        case 'event':
        case 'link':
          return [];
        case 'any':
          return [log.attributes, log.resource.attributes, log.scope.attributes];
        default:
          return unreachable(scope);
      }
    },
  };
}

/** Of a body that is no text, only a substring of the strings in it can be asked for. */
function bodyTexts(body: AttributeValue | undefined, operator: Operator): readonly AttributeValue[] {
  if (body === undefined) return text('');
  if (body.type === 'string') return [body];
  return operator === 'contains' ? stringsIn(body) : [];
}

function stringsIn(value: AttributeValue): readonly AttributeValue[] {
  if (value.type === 'string') return [value];
  if (value.type === 'array') return value.value.flatMap(stringsIn);
  if (value.type === 'map')
    return value.value.flatMap((entry) => [...text(entry.key), ...stringsIn(entry.value)]);
  return [];
}
