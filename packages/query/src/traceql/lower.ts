/**
 * Lowers a filter to a predicate: checks types, folds constants and gives attributes TraceQL's meaning.
 *
 * Missing attributes make every comparison false; `nil` asks for existence; an unscoped name is the span's own
 * attribute, else the resource's; patterns must match the whole text.
 */
import { err, ok, type Result, unreachable } from '@tracewright/std';
import {
  type AttributeScope,
  EVERYTHING,
  type Literal,
  type LogPredicate,
  type Predicate,
  type SpanPredicate,
} from '../plan.ts';
import { evaluateArithmetic, evaluateComparison } from './constant.ts';
import { type Comparison, lowerAttribute, lowerIntrinsic } from './lower-condition.ts';
import type { BinaryOperator, Expression, Filter, QueryError, Static } from './syntax.ts';
import { type Intrinsic, LOG_INTRINSICS, SPAN_INTRINSICS } from './vocabulary.ts';

export function lowerSpanFilter(filter: Filter): Result<SpanPredicate, QueryError> {
  return lower(filter, SPAN_INTRINSICS);
}

export function lowerLogFilter(filter: Filter): Result<LogPredicate, QueryError> {
  return lower(filter, LOG_INTRINSICS);
}

export const NOTHING: { readonly kind: 'or'; readonly of: readonly never[] } = Object.freeze({
  kind: 'or',
  of: Object.freeze([]),
});

type Table<Field> = Readonly<Record<string, Intrinsic<Field>>>;
type Lowered<Field extends string> = Result<Predicate<Field>, QueryError>;

function lower<Field extends string>(filter: Filter, table: Table<Field>): Lowered<Field> {
  return filter.where === undefined ? ok(EVERYTHING) : truth(filter.where, table);
}

/** An expression where true or false is wanted. */
function truth<Field extends string>(expression: Expression, table: Table<Field>): Lowered<Field> {
  switch (expression.kind) {
    case 'attribute':
      return ok(lowerTruth(expression.scope, expression.name, true));
    case 'intrinsic':
      return refuse(expression, `"${expression.name}" alone is neither true nor false`, 'a comparison');
    case 'static':
      if (expression.value.type === 'bool') return ok(expression.value.value ? EVERYTHING : NOTHING);
      return refuse(expression, 'A value alone is neither true nor false', 'a comparison');
    case 'unary': {
      if (expression.operator === '-')
        return refuse(expression, 'A number alone is neither true nor false', 'a comparison');
      if (expression.of.kind === 'attribute')
        return ok(lowerTruth(expression.of.scope, expression.of.name, false));
      const inner = truth(expression.of, table);
      return inner.ok ? ok({ kind: 'not', of: inner.value }) : inner;
    }
    case 'binary':
      return binary(expression, table);
    default:
      return unreachable(expression);
  }
}

function lowerTruth<Field extends string>(
  scope: AttributeScope | 'unscoped',
  key: string,
  value: boolean,
): Predicate<Field> {
  const literal: Literal = { type: 'bool', value };
  if (scope !== 'unscoped') return { kind: 'attribute', scope, key, operator: '=', value: literal };
  const own: Predicate<Field> = { kind: 'attribute', scope: 'span', key, operator: '=', value: literal };
  return {
    kind: 'or',
    of: [
      own,
      {
        kind: 'and',
        of: [
          { kind: 'not', of: { kind: 'attributeExists', scope: 'span', key } },
          { kind: 'attribute', scope: 'resource', key, operator: '=', value: literal },
        ],
      },
    ],
  };
}

function binary<Field extends string>(
  expression: Expression & { kind: 'binary' },
  table: Table<Field>,
): Lowered<Field> {
  const { operator } = expression;
  if (operator === '&&' || operator === '||') {
    const left = truth(expression.left, table);
    if (!left.ok) return left;
    const right = truth(expression.right, table);
    if (!right.ok) return right;
    return ok(join(operator === '&&' ? 'and' : 'or', left.value, right.value));
  }
  if (isArithmetic(operator))
    return refuse(expression, 'A number alone is neither true nor false', 'a comparison');
  const left = operand(expression.left);
  if (!left.ok) return left;
  const right = operand(expression.right);
  if (!right.ok) return right;
  if (left.value.kind === 'static' && right.value.kind === 'static') {
    const constant = evaluateComparison(left.value.value, operator, right.value.value);
    return constant.ok ? ok(constant.value ? EVERYTHING : NOTHING) : refuse(expression, constant.failure);
  }
  if (left.value.kind !== 'static' && right.value.kind !== 'static') {
    return refuse(
      expression,
      'Not supported yet: comparing two attributes or fields with each other',
      'a value on one side',
    );
  }
  let reference = left.value;
  let value = right.value;
  let comparison: Comparison = operator;
  if (reference.kind === 'static') {
    if (operator === '=~' || operator === '!~') {
      return refuse(
        expression.left,
        'A pattern stands on the right of its operator',
        'an attribute or a field on the left',
      );
    }
    [reference, value] = [value, reference];
    comparison = FLIPPED[operator];
  }
  if (value.kind !== 'static') return unreachable(value as never);
  if (reference.kind === 'attribute') return lowerAttribute(reference, comparison, value, table);
  if (reference.kind === 'intrinsic') return lowerIntrinsic(reference, comparison, value, table);
  return unreachable(reference as never);
}

const FLIPPED: Readonly<Record<Exclude<Comparison, '=~' | '!~'>, Comparison>> = {
  '=': '=',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

/** Flattens chains, so that `a && b && c` is one node. */
function join<Field extends string>(
  kind: 'and' | 'or',
  left: Predicate<Field>,
  right: Predicate<Field>,
): Predicate<Field> {
  const parts = (each: Predicate<Field>): readonly Predicate<Field>[] =>
    each.kind === kind && each.of.length > 0 ? each.of : [each];
  return { kind, of: [...parts(left), ...parts(right)] };
}

type Operand = Extract<Expression, { kind: 'static' | 'attribute' | 'intrinsic' }>;

/** A side of a comparison: a name, or a value after arithmetic on constants. */
function operand(expression: Expression): Result<Operand, QueryError> {
  switch (expression.kind) {
    case 'static':
      if (expression.value.type === 'int' && expression.value.value > 2n ** 63n - 1n) {
        return refuse(expression, `The number ${expression.value.value} is too large`, 'at most 64 bits');
      }
      return ok(expression);
    case 'attribute':
    case 'intrinsic':
      return ok(expression);
    case 'unary': {
      if (expression.operator === '!')
        return refuse(expression, 'Not supported yet: comparing the truth of a condition');
      // The sign may belong to the one number that is too large without it.
      const inner = expression.of.kind === 'static' ? ok(expression.of) : operand(expression.of);
      if (!inner.ok) return inner;
      if (inner.value.kind !== 'static')
        return refuse(expression, 'Not supported yet: arithmetic with attributes or fields');
      return fold(expression, { type: 'int', value: 0n }, '-', inner.value.value);
    }
    case 'binary': {
      if (!isArithmetic(expression.operator)) {
        return refuse(
          expression,
          'Not supported yet: comparing the truth of a condition',
          'parentheses around each comparison, joined with && or ||',
        );
      }
      const left = operand(expression.left);
      if (!left.ok) return left;
      const right = operand(expression.right);
      if (!right.ok) return right;
      if (left.value.kind !== 'static' || right.value.kind !== 'static') {
        return refuse(expression, 'Not supported yet: arithmetic with attributes or fields');
      }
      return fold(expression, left.value.value, expression.operator, right.value.value);
    }
    default:
      return unreachable(expression);
  }
}

type Arithmetic = '+' | '-' | '*' | '/' | '%' | '^';

function isArithmetic(operator: BinaryOperator): operator is Arithmetic {
  return '+-*/%^'.includes(operator);
}

function fold(
  at: Expression,
  left: Static,
  operator: Arithmetic,
  right: Static,
): Result<Operand, QueryError> {
  const value = evaluateArithmetic(left, operator, right);
  if (!value.ok) return refuse(at, value.failure);
  return ok({ kind: 'static', value: value.value, from: at.from, to: at.to });
}

function refuse(at: Expression, message: string, expected?: string): { ok: false; failure: QueryError } {
  return err({
    message,
    position: at.from,
    length: at.to - at.from,
    ...(expected === undefined ? {} : { expected }),
  });
}
