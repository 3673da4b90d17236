/**
 * SpanList: spans in one order, which need not exist as objects. A span is made when it is asked for, and made again
 * when it is asked for again: who keeps one keeps its memory, and nobody else does.
 */
import type { Resource, Span } from '@tracewright/model';

/** What tells where a span belongs. */
export type SpanHead = Pick<
  Span,
  'traceId' | 'spanId' | 'parentSpanId' | 'kind' | 'startUnixNano' | 'endUnixNano' | 'resource'
>;

export type SpanList = Iterable<Span> & {
  readonly length: number;
  /** What the store's answer had of these spans; 0 when that is not known. */
  readonly bytes: number;
  at(place: number): Span;
  /** Costs a fraction of the whole span. */
  headAt(place: number): SpanHead;
  resourceAt(place: number): Resource;
};

/** Spans that exist, as they are. */
export function listSpans(spans: readonly Span[]): SpanList {
  return new Places(
    spans.length,
    0,
    (place) => spans[place] as Span,
    (place) => spans[place] as Span,
    (place) => (spans[place] as Span).resource,
  );
}

/** Some of a list's spans, in the order of their places here. */
export function pickSpans(list: SpanList, places: ArrayLike<number>): SpanList {
  const bytes = list.length === 0 ? 0 : (list.bytes * places.length) / list.length;
  const placeOf = (place: number): number => places[place] as number;
  return new Places(
    places.length,
    bytes,
    (place) => list.at(placeOf(place)),
    (place) => list.headAt(placeOf(place)),
    (place) => list.resourceAt(placeOf(place)),
  );
}

/** Lists that are each ordered by start, as one that is. */
export function mergeSpanLists(lists: readonly SpanList[]): SpanList {
  const filled = lists.filter((list) => list.length > 0);
  const only = filled[0];
  if (only === undefined) return listSpans([]);
  if (filled.length === 1) return only;
  const places = filled.flatMap((list) =>
    Array.from({ length: list.length }, (_, place) => {
      const { startUnixNano, spanId } = list.headAt(place);
      return { list, place, startUnixNano, spanId };
    }),
  );
  places.sort(byStart);
  const placeOf = (at: number): (typeof places)[number] => places[at] as (typeof places)[number];
  return new Places(
    places.length,
    filled.reduce((sum, { bytes }) => sum + bytes, 0),
    (at) => placeOf(at).list.at(placeOf(at).place),
    (at) => placeOf(at).list.headAt(placeOf(at).place),
    (at) => placeOf(at).list.resourceAt(placeOf(at).place),
  );
}

type Placed = Pick<Span, 'startUnixNano' | 'spanId'>;

/** By start, then by span id. */
export function byStart(a: Placed, b: Placed): number {
  if (a.startUnixNano !== b.startUnixNano) return a.startUnixNano < b.startUnixNano ? -1 : 1;
  return a.spanId < b.spanId ? -1 : a.spanId > b.spanId ? 1 : 0;
}

class Places implements SpanList {
  readonly length: number;
  readonly bytes: number;
  readonly at: (place: number) => Span;
  readonly headAt: (place: number) => SpanHead;
  readonly resourceAt: (place: number) => Resource;

  constructor(
    length: number,
    bytes: number,
    at: SpanList['at'],
    headAt: SpanList['headAt'],
    resourceAt: SpanList['resourceAt'],
  ) {
    this.length = length;
    this.bytes = bytes;
    this.at = at;
    this.headAt = headAt;
    this.resourceAt = resourceAt;
  }

  *[Symbol.iterator](): Generator<Span> {
    for (let place = 0; place < this.length; place++) yield this.at(place);
  }
}
