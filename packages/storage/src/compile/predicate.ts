/**
 * Compiles predicates to SQL conditions.
 *
 * The tree is bounded before anything is printed. Every literal passes through literal.ts and nothing else
 * of a predicate reaches the text.
 */
import type {
  Literal,
  LogField,
  LogPredicate,
  Predicate,
  SpanField,
  SpanPredicate,
} from '@tracewright/query';
import { err, failure, ok, type Result, unreachable } from '@tracewright/std';
import { type AttributeTable, attributeCondition } from './attribute.ts';
import { ALWAYS, allOf, anyOf, NEVER, type Operator } from './comparison.ts';
import { logFieldCondition, spanFieldCondition } from './field.ts';

const DEPTH_MAX = 100;
const NODES_MAX = 1000;
const LITERAL_CHARS_MAX = 256 * 1024;
const INTEGER_MIN = -(2n ** 63n);
const INTEGER_MAX: bigint = 2n ** 64n - 1n;

export function compileSpanPredicate(tenant: string, where: SpanPredicate): Result<string> {
  return compile<SpanField>(where, 'spans', tenant, spanFieldCondition);
}

export function compileLogPredicate(tenant: string, where: LogPredicate): Result<string> {
  return compile<LogField>(where, 'logs', tenant, logFieldCondition);
}

type FieldCondition<Field> = (tenant: string, field: Field, operator: Operator, value: Literal) => string;

function compile<Field extends string>(
  where: Predicate<Field>,
  table: AttributeTable,
  tenant: string,
  fieldCondition: FieldCondition<Field>,
): Result<string> {
  const refusal = measure(where);
  if (refusal !== undefined) return err(failure('too-large', `Cannot search ${table}: ${refusal}`));
  const print = (node: Predicate<Field>): string => {
    switch (node.kind) {
      case 'and':
        return allOf(node.of.map(print));
      case 'or':
        return anyOf(node.of.map(print));
      case 'not': {
        const inner = print(node.of);
        return inner === NEVER ? ALWAYS : inner === ALWAYS ? NEVER : `NOT (${inner})`;
      }
      case 'field':
        return fieldCondition(tenant, node.field, node.operator, node.value);
      case 'attribute':
        return attributeCondition(table, tenant, node.scope, node.key, {
          kind: 'compare',
          operator: node.operator,
          value: node.value,
        });
      case 'attributeText':
        return attributeCondition(table, tenant, node.scope, node.key, { kind: 'text', text: node.text });
      case 'attributeExists':
        return attributeCondition(table, tenant, node.scope, node.key, { kind: 'exists' });
      default:
        return unreachable(node);
    }
  };
  return ok(print(where));
}

/** Says what is too much about a predicate, without recursion, so that its depth cannot hurt. */
function measure<Field extends string>(where: Predicate<Field>): string | undefined {
  let nodes = 0;
  let chars = 0;
  const open: { readonly node: Predicate<Field>; readonly depth: number }[] = [{ node: where, depth: 1 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, depth } = next;
    if (++nodes > NODES_MAX) return `the condition has more than ${NODES_MAX} parts`;
    if (depth > DEPTH_MAX) return `the condition is nested deeper than ${DEPTH_MAX}`;
    switch (node.kind) {
      case 'and':
      case 'or':
        for (const part of node.of) open.push({ node: part, depth: depth + 1 });
        break;
      case 'not':
        open.push({ node: node.of, depth: depth + 1 });
        break;
      default: {
        chars += 'key' in node ? node.key.length : 0;
        chars += node.kind === 'attributeText' ? node.text.length : 0;
        if (node.kind !== 'field' && node.kind !== 'attribute') break;
        const { value } = node;
        if (value.type === 'string') chars += value.value.length;
        if (value.type === 'int' && (value.value < INTEGER_MIN || value.value > INTEGER_MAX)) {
          return `${value.value} is not a whole number of 64 bits`;
        }
      }
    }
    if (chars > LITERAL_CHARS_MAX)
      return `the values to compare with are longer than ${LITERAL_CHARS_MAX} characters`;
  }
  return undefined;
}
