/** The conditions that Jaeger's parameters are made of. */
import type { SpanField, SpanPredicate } from '../plan.ts';

/** What Jaeger calls a span without a name: shown in answers and understood in searches, never stored. */
export const EMPTY_SPAN_NAME = 'empty-span-name';

export function operationIs(name: string): SpanPredicate {
  return name === EMPTY_SPAN_NAME ? anyOf(textIs('name', name), textIs('name', '')) : textIs('name', name);
}

export function textIs(field: SpanField, value: string): SpanPredicate {
  return { kind: 'field', field, operator: '=', value: { type: 'string', value } };
}

export function anyOf(...of: SpanPredicate[]): SpanPredicate {
  return { kind: 'or', of };
}

export function allOf(...of: SpanPredicate[]): SpanPredicate {
  return { kind: 'and', of };
}
