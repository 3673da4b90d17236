/**
 * Plan: what is asked of the store, whatever language it was asked in.
 *
 * A plan is a frozen tree of nodes with a `kind`. Query languages lower to it and know no SQL; storage
 * compiles it to SQL and knows no query language. All predicates of a span search must hold on one span.
 *
 * Times are nanoseconds since the Unix epoch; ranges are half open, [fromNano, toNano), and run over the
 * start of a span or the time of a log record.
 *
 * Truth has two values. A comparison with an attribute that is absent, or whose value has another type, is
 * false whatever the operator, so `!=` and `!~` imply that the attribute exists; `not` turns false into true.
 * Of a repeated key the first value counts. Where a scope holds several places (events, links, `any`), a
 * comparison is true when it is true in one of them. Numbers compare exactly across int and double. Text
 * compares by its UTF-8 bytes. `and` of nothing is true, `or` of nothing is false.
 *
 * `testing/evaluate.ts` says the same as a program; whoever compiles plans can be tested against it.
 */
import type { TraceId } from '@tracewright/model';

export type CompareOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';
/**
 * `=~` and `!~` are RE2 patterns, not anchored unless they say so, in which `.` stops at a line break;
 * `contains` is a plain substring, case and all. On anything but text they are false.
 */
export type TextOperator = '=~' | '!~' | 'contains';

/**
 * Where an attribute is looked for. `any` is span, resource, scope, event or link. In a search of logs
 * `span` means the record itself, and a record has no events or links.
 */
export type AttributeScope = 'span' | 'resource' | 'scope' | 'event' | 'link' | 'any';

export type Literal =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'int'; readonly value: bigint }
  | { readonly type: 'double'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean };

/**
 * What every span has. `duration` is in nanoseconds and never below zero, `kind` and `status` are OTLP's
 * numbers, ids are lower-case hex (`parentId` is empty for a root). `eventName` is true when one of the
 * events satisfies it.
 */
export type SpanField =
  | 'service'
  | 'name'
  | 'kind'
  | 'status'
  | 'statusMessage'
  | 'duration'
  | 'start'
  | 'spanId'
  | 'parentId'
  | 'traceId'
  | 'traceState'
  | 'scopeName'
  | 'scopeVersion'
  | 'eventName'
  | 'receiver';

/**
 * What every log record has. `severity` is OTLP's number. `body` is the body where that is text, and empty where
 * there is none; of any other body only `contains` can hold, for the strings in it.
 */
export type LogField =
  | 'service'
  | 'severity'
  | 'severityText'
  | 'body'
  | 'eventName'
  | 'traceId'
  | 'spanId'
  | 'scopeName'
  | 'receiver';

export type Predicate<Field extends string> =
  | { readonly kind: 'and'; readonly of: readonly Predicate<Field>[] }
  | { readonly kind: 'or'; readonly of: readonly Predicate<Field>[] }
  | { readonly kind: 'not'; readonly of: Predicate<Field> }
  | {
      readonly kind: 'field';
      readonly field: Field;
      readonly operator: CompareOperator | TextOperator;
      readonly value: Literal;
    }
  | {
      readonly kind: 'attribute';
      readonly scope: AttributeScope;
      readonly key: string;
      readonly operator: CompareOperator | TextOperator;
      /** Matches values of the same type; int and double compare with each other. */
      readonly value: Literal;
    }
  /** Jaeger's and Zipkin's rule: the value of any type is compared as text. */
  | {
      readonly kind: 'attributeText';
      readonly scope: AttributeScope;
      readonly key: string;
      readonly text: string;
    }
  | { readonly kind: 'attributeExists'; readonly scope: AttributeScope; readonly key: string };

export type SpanPredicate = Predicate<SpanField>;
export type LogPredicate = Predicate<LogField>;

export const EVERYTHING: { readonly kind: 'and'; readonly of: readonly never[] } = Object.freeze({
  kind: 'and',
  of: Object.freeze([]),
});

/** The place where a page ended: the next one starts strictly behind it. */
export type Cursor = { readonly timeNano: bigint; readonly traceId: string; readonly spanId: string };

/** Finds traces by their spans, newest matching span first. */
export type TraceSearch = {
  readonly kind: 'traceSearch';
  readonly tenant: string;
  readonly fromNano: bigint;
  readonly toNano: bigint;
  readonly where: SpanPredicate;
  readonly limit: number;
  readonly after?: Cursor;
};

/** Finds spans, newest first. */
export type SpanSearch = Omit<TraceSearch, 'kind'> & { readonly kind: 'spanSearch' };

export type LogSearch = {
  readonly kind: 'logSearch';
  readonly tenant: string;
  readonly fromNano: bigint;
  readonly toNano: bigint;
  readonly where: LogPredicate;
  readonly limit: number;
  /** `newest` first, or `oldest` first as a follower of the log wants it. */
  readonly order: 'newest' | 'oldest';
  readonly after?: Cursor;
};

/** One trace, or the traces that share the low 64 bits of an id. */
export type TraceLookup = {
  readonly kind: 'traceLookup';
  readonly tenant: string;
  readonly traceId: TraceId;
  readonly lowOnly: boolean;
};

export type Plan = TraceSearch | SpanSearch | LogSearch | TraceLookup;
