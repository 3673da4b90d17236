/**
 * Comparisons of one SQL expression with one literal, in the sense of plan.ts: truth has two values, text
 * compares by bytes, whole numbers and floats compare exactly with each other, and a literal of another type
 * makes the comparison false. `undefined` means that it can never hold.
 */
import type { CompareOperator, Literal, TextOperator } from '@tracewright/query';
import { printDouble, printInteger, printText } from './literal.ts';

export type Operator = CompareOperator | TextOperator;

export const NEVER = '0';
export const ALWAYS = '1';

/** RE2 as the engine runs it lets `.` match a line break; a plan's pattern does not. */
const NO_DOT_NEWLINE = '(?-s)';

export function compareText(expression: string, operator: Operator, literal: Literal): string | undefined {
  if (literal.type !== 'string') return undefined;
  const { value } = literal;
  switch (operator) {
    case '=~':
      return `match(${expression}, ${printText(NO_DOT_NEWLINE + value)})`;
    case '!~':
      return `NOT match(${expression}, ${printText(NO_DOT_NEWLINE + value)})`;
    case 'contains':
      return value === '' ? ALWAYS : `position(${expression}, ${printText(value)}) > 0`;
    default:
      return `${expression} ${operator} ${printText(value)}`;
  }
}

export function compareNumber(expression: string, operator: Operator, literal: Literal): string | undefined {
  if (operator === '=~' || operator === '!~' || operator === 'contains') return undefined;
  if (literal.type === 'double') {
    if (Number.isNaN(literal.value)) return operator === '!=' ? ALWAYS : undefined;
    return `${expression} ${operator} ${printDouble(literal.value)}`;
  }
  return literal.type === 'int' ? `${expression} ${operator} ${printInteger(literal.value)}` : undefined;
}

/** Compares an expression that is 0 or 1. */
export function compareBool(expression: string, operator: Operator, literal: Literal): string | undefined {
  if (literal.type !== 'bool' || operator === '=~' || operator === '!~' || operator === 'contains') {
    return undefined;
  }
  return `${expression} ${operator} ${literal.value ? 1 : 0}`;
}

/**
 * Whether what an absent value reads as (nothing, zero, false) could satisfy the comparison, so that the
 * presence has to be asked for.
 */
export function absentSatisfies(operator: Operator, literal: Literal): boolean {
  switch (literal.type) {
    case 'string':
      return operator !== '=' || literal.value === '';
    case 'bool':
      return operator !== '=' || !literal.value;
    default:
      return holds(0, operator, Number(literal.value));
  }
}

function holds(left: number, operator: Operator, right: number): boolean {
  switch (operator) {
    case '=':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    default:
      return true;
  }
}

/** Parts of which at least one must hold. */
export function anyOf(parts: readonly (string | undefined)[]): string {
  const held = parts.filter((part) => part !== undefined && part !== NEVER) as string[];
  if (held.length === 0) return NEVER;
  if (held.includes(ALWAYS)) return ALWAYS;
  return held.length === 1 ? (held[0] as string) : `(${held.join(' OR ')})`;
}

/** Parts that must all hold. */
export function allOf(parts: readonly (string | undefined)[]): string {
  if (parts.some((part) => part === undefined || part === NEVER)) return NEVER;
  const held = parts.filter((part) => part !== ALWAYS) as string[];
  if (held.length === 0) return ALWAYS;
  return held.length === 1 ? (held[0] as string) : `(${held.join(' AND ')})`;
}
