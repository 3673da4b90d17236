/**
 * Arithmetic and comparison of constants, done while a filter is lowered.
 *
 * Integers and durations stay exact; two integers divide as integers; `^` and anything with a double give a
 * double. Int, double and duration mix; nothing else does.
 */
import { err, ok, type Result } from '@tracewright/std';
import type { Comparison } from './lower-condition.ts';
import type { Static } from './syntax.ts';

const INT_MAX = 2n ** 63n - 1n;
const INT_MIN = -(2n ** 63n);

export function evaluateArithmetic(
  left: Static,
  operator: '+' | '-' | '*' | '/' | '%' | '^',
  right: Static,
): Result<Static, string> {
  if (!isNumber(left) || !isNumber(right)) return err('Arithmetic needs numbers or durations on both sides');
  if (left.type === 'double' || right.type === 'double' || operator === '^') {
    const value = ofDoubles(Number(left.value), operator, Number(right.value));
    return Number.isFinite(value) ? ok({ type: 'double', value }) : err('The result is not a finite number');
  }
  if ((operator === '/' || operator === '%') && right.value === 0n) return err('Division by zero');
  const value = ofIntegers(left.value, operator, right.value);
  if (value > INT_MAX || value < INT_MIN) return err('The result needs more than 64 bits');
  const duration = left.type === 'duration' || right.type === 'duration';
  return ok({ type: duration ? 'duration' : 'int', value });
}

function ofIntegers(left: bigint, operator: '+' | '-' | '*' | '/' | '%', right: bigint): bigint {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
  }
}

function ofDoubles(left: number, operator: '+' | '-' | '*' | '/' | '%' | '^', right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
    case '^':
      return left ** right;
  }
}

export function evaluateComparison(
  left: Static,
  operator: Comparison,
  right: Static,
): Result<boolean, string> {
  // Nothing equals nil, and nothing differs from it, when both sides are constants.
  if (left.type === 'nil' || right.type === 'nil') return ok(false);
  // A pattern never runs here: this engine backtracks, and the pattern is a stranger's.
  if (operator === '=~' || operator === '!~')
    return err('Not supported yet: matching one constant with another');
  if (isNumber(left) && isNumber(right)) {
    return ok(decide(left.value < right.value ? -1 : left.value > right.value ? 1 : 0, operator));
  }
  if (left.type !== right.type) return err(`Cannot compare ${left.type} with ${right.type}`);
  if (isNumber(left) || isNumber(right)) return err('Unequal types');
  if (left.type !== 'string' && operator !== '=' && operator !== '!=') {
    return err(`Two values of type ${left.type} can only be compared with = and !=`);
  }
  return ok(decide(left.value < right.value ? -1 : left.value > right.value ? 1 : 0, operator));
}

function isNumber(value: Static): value is Extract<Static, { type: 'int' | 'double' | 'duration' }> {
  return value.type === 'int' || value.type === 'double' || value.type === 'duration';
}

function decide(order: number, operator: Exclude<Comparison, '=~' | '!~'>): boolean {
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
  }
}
