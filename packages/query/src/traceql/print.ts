/**
 * Prints a filter in one canonical spelling. What is printed parses to the same tree, and prints the same
 * again. Mixed `&&` and `||` always get parentheses, because their order here differs from other languages.
 */

import { printDuration } from '../duration.ts';
import type { AttributeScope } from '../plan.ts';
import { PRECEDENCE, UNARY_OPERAND } from './parse.ts';
import type { BinaryOperator, Expression, Filter, Static, Vocabulary } from './syntax.ts';
import { SPAN_VOCABULARY } from './vocabulary.ts';

export function printFilter(filter: Filter, vocabulary: Vocabulary = SPAN_VOCABULARY): string {
  return filter.where === undefined ? '{ }' : `{ ${print(filter.where, vocabulary)} }`;
}

function print(expression: Expression, vocabulary: Vocabulary): string {
  switch (expression.kind) {
    case 'static':
      return printStatic(expression.value);
    case 'intrinsic':
      return expression.name;
    case 'attribute':
      return printAttribute(expression.scope, expression.name, vocabulary);
    case 'unary': {
      const inner = print(expression.of, vocabulary);
      const weak =
        expression.of.kind === 'binary' &&
        PRECEDENCE[expression.of.operator] < UNARY_OPERAND[expression.operator];
      return expression.operator + (weak ? `(${inner})` : inner);
    }
    case 'binary': {
      const left = print(expression.left, vocabulary);
      const right = print(expression.right, vocabulary);
      const { operator } = expression;
      return `${bracketsLeft(expression.left, operator) ? `(${left})` : left} ${operator} ${
        bracketsRight(expression.right, operator) ? `(${right})` : right
      }`;
    }
  }
}

function bracketsLeft(left: Expression, operator: BinaryOperator): boolean {
  const strength = PRECEDENCE[operator];
  // A sign reaches further than `*`, so as an operand of one it must be closed off.
  if (left.kind === 'unary') return strength >= UNARY_OPERAND[left.operator];
  if (left.kind !== 'binary') return false;
  const inner = PRECEDENCE[left.operator];
  if (inner < strength || (inner === strength && operator === '^')) return true;
  return strength === 1 && inner === 1 && left.operator !== operator;
}

function bracketsRight(right: Expression, operator: BinaryOperator): boolean {
  const strength = PRECEDENCE[operator];
  if (right.kind === 'unary') return strength >= 3;
  if (right.kind !== 'binary') return false;
  const inner = PRECEDENCE[right.operator];
  return operator === '^' ? inner < strength : inner <= strength;
}

function printStatic(value: Static): string {
  switch (value.type) {
    case 'string':
      return JSON.stringify(value.value);
    case 'int':
      return value.value === -(2n ** 63n) ? 'minInt' : String(value.value);
    case 'double': {
      const text = String(value.value);
      return /[.e]/.test(text) ? text : `${text}.0`;
    }
    case 'duration':
      return printDuration(value.value);
    case 'bool':
      return String(value.value);
    case 'nil':
      return 'nil';
    case 'keyword':
      return value.value;
  }
}

function printAttribute(scope: AttributeScope | 'unscoped', name: string, vocabulary: Vocabulary): string {
  const written = Object.entries(vocabulary.scopes).find(([, meaning]) => meaning === scope)?.[0] ?? '';
  const plain = /^[^\s{}()=~!<>&|^,"]+$/.test(name) && !(written === '' && /^\d/.test(name));
  return `${written}.${plain ? name : JSON.stringify(name)}`;
}
