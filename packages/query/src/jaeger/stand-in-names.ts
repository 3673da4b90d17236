/**
 * Names that Jaeger gives to what came without one. Its collector writes them into the data; here they are a
 * view: shown in answers, understood in searches, never stored.
 */
import type { Predicate, SpanField, SpanPredicate } from '../plan.ts';

export const MISSING_SERVICE = 'missing-service-name';
export const EMPTY_SERVICE = 'empty-service-name';
export const WRONG_TYPE_SERVICE = 'service-name-wrong-type';
export const EMPTY_SPAN_NAME = 'empty-span-name';

const KEY = 'service.name';

/** The spans of a service as Jaeger shows it; real services of such a name are found too. */
export function serviceIs(name: string): SpanPredicate {
  const named = textIs('service', name);
  const nameless = textIs('service', '');
  const exists: SpanPredicate = { kind: 'attributeExists', scope: 'resource', key: KEY };
  const empty: SpanPredicate = {
    kind: 'attribute',
    scope: 'resource',
    key: KEY,
    operator: '=',
    value: { type: 'string', value: '' },
  };
  if (name === MISSING_SERVICE) return anyOf(named, allOf(nameless, { kind: 'not', of: exists }));
  if (name === EMPTY_SERVICE) return anyOf(named, allOf(nameless, empty));
  if (name === WRONG_TYPE_SERVICE) return anyOf(named, allOf(nameless, exists, { kind: 'not', of: empty }));
  return named;
}

export function operationIs(name: string): SpanPredicate {
  return name === EMPTY_SPAN_NAME ? anyOf(textIs('name', name), textIs('name', '')) : textIs('name', name);
}

export function textIs(field: SpanField, value: string): SpanPredicate {
  return { kind: 'field', field, operator: '=', value: { type: 'string', value } };
}

export function anyOf(...of: SpanPredicate[]): Predicate<SpanField> {
  return { kind: 'or', of };
}

export function allOf(...of: SpanPredicate[]): Predicate<SpanField> {
  return { kind: 'and', of };
}
