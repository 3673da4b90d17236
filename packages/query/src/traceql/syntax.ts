/**
 * The syntax tree of a filter expression, and the vocabulary that makes one language of it.
 *
 * The grammar knows scopes, operators and literals; which bare words and which `scope:name` pairs mean
 * something is a table. So the same parser reads filters over spans (TraceQL) and over logs.
 */
import type { AttributeScope } from '../plan.ts';

/** Offsets into the query, in UTF-16 units, half open. */
export type Place = { readonly from: number; readonly to: number };

/** What was wrong, where, and what would have been right. */
export type QueryError = {
  readonly message: string;
  /** Offset of the first character that is wrong; the length of the query when it ends too early. */
  readonly position: number;
  readonly length: number;
  readonly expected?: string;
  /** A word or a query that would work. */
  readonly suggestion?: string;
};

export type Static =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'int'; readonly value: bigint }
  | { readonly type: 'double'; readonly value: number }
  /** Nanoseconds. */
  | { readonly type: 'duration'; readonly value: bigint }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'nil' }
  /** A word such as `error` or `server`; what it stands for depends on the field beside it. */
  | { readonly type: 'keyword'; readonly value: string };

export type BinaryOperator =
  | '&&'
  | '||'
  | '='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '=~'
  | '!~'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '^';

export type Expression = Place &
  (
    | { readonly kind: 'static'; readonly value: Static }
    /** `unscoped` is `.name`: the span's own attribute, else the resource's. */
    | { readonly kind: 'attribute'; readonly scope: AttributeScope | 'unscoped'; readonly name: string }
    | { readonly kind: 'intrinsic'; readonly name: string }
    | { readonly kind: 'unary'; readonly operator: '!' | '-'; readonly of: Expression }
    | {
        readonly kind: 'binary';
        readonly operator: BinaryOperator;
        readonly left: Expression;
        readonly right: Expression;
      }
  );

/** `{ }`: all conditions hold on one row. `where` is absent for the filter that takes everything. */
export type Filter = { readonly where: Expression | undefined };

export type Vocabulary = {
  /** Attribute scopes by their spelling before a dot. */
  readonly scopes: Readonly<Record<string, AttributeScope>>;
  /** Spellings of what every row has, such as `duration` and `span:duration`. */
  readonly intrinsics: ReadonlySet<string>;
  /** Words that stand for values. */
  readonly keywords: ReadonlySet<string>;
  /** Scopes and intrinsics of the language that this version refuses, so that it can say so. */
  readonly later: ReadonlySet<string>;
};
