/**
 * StoredSpans: the spans of an answer of the store, without copies and by start, made from its blocks one by one
 * when they are asked for. A hundred thousand spans are a hundred megabytes and more as objects; the blocks are
 * a quarter of that.
 */
import type { Resource, Span, SpanId, TraceId } from '@tracewright/model';
import type { NativeBlock } from '../native/native-block.ts';
import { Turns } from '../turns.ts';
import type { DecodeAnyValue } from './attribute-rows.ts';
import { firstOfEach } from './collapse.ts';
import { byStart, type SpanHead, type SpanList } from './span-list.ts';
import { headRows, type SharedValues, spanRows } from './span-rows.ts';

const ROWS_A_LOOK = 256;

type BlockRows = {
  /** The number of its first row among all rows of the answer. */
  readonly first: number;
  readonly block: NativeBlock;
  readonly span: (row: number) => Span;
  readonly head: (row: number) => SpanHead;
  readonly resource: (row: number) => Resource;
};

/** `bytes` is what the blocks came as. */
export async function readStoredSpans(
  blocks: readonly NativeBlock[],
  bytes: number,
  shared: SharedValues,
  decodeAnyValue: DecodeAnyValue,
): Promise<SpanList> {
  const readers: BlockRows[] = [];
  let rows = 0;
  for (const block of blocks) {
    if (block.rows === 0) continue;
    const span = spanRows(block, shared, decodeAnyValue);
    readers.push({ first: rows, block, span, ...headRows(block, shared) });
    rows += block.rows;
  }
  const turns = new Turns();
  const kept = await withoutCopies(readers, rows, turns);
  if (turns.isDue) await turns.give();
  return new StoredSpans(readers, sortByStart(readers, kept), bytes);
}

class StoredSpans implements SpanList {
  readonly length: number;
  readonly bytes: number;
  readonly #readers: readonly BlockRows[];
  readonly #order: Uint32Array;

  constructor(readers: readonly BlockRows[], order: Uint32Array, bytes: number) {
    this.#readers = readers;
    this.#order = order;
    this.length = order.length;
    this.bytes = bytes;
  }

  at(place: number): Span {
    const row = this.#order[place] as number;
    const reader = readerOf(this.#readers, row);
    return reader.span(row - reader.first);
  }

  headAt(place: number): SpanHead {
    const row = this.#order[place] as number;
    const reader = readerOf(this.#readers, row);
    return reader.head(row - reader.first);
  }

  resourceAt(place: number): Resource {
    const row = this.#order[place] as number;
    const reader = readerOf(this.#readers, row);
    return reader.resource(row - reader.first);
  }

  *[Symbol.iterator](): Generator<Span> {
    for (let place = 0; place < this.length; place++) yield this.at(place);
  }
}

function readerOf(readers: readonly BlockRows[], row: number): BlockRows {
  let low = 0;
  let high = readers.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((readers[middle] as BlockRows).first <= row) low = middle;
    else high = middle - 1;
  }
  return readers[low] as BlockRows;
}

/** The rows that are kept of all. */
async function withoutCopies(
  readers: readonly BlockRows[],
  rows: number,
  turns: Turns,
): Promise<Uint32Array> {
  // By trace first: most answers have one trace, and its spans' ids are keys as they are.
  const traces = new Map<TraceId, Map<SpanId, number | number[]>>();
  const repeated: number[][] = [];
  for (const { first, block } of readers) {
    const traceIds = block.fixed('trace_id');
    const spanIds = block.fixed('span_id');
    for (let row = 0; row < block.rows; row++) {
      const traceId = traceIds.hex(row) as TraceId;
      let ids = traces.get(traceId);
      if (ids === undefined) {
        ids = new Map();
        traces.set(traceId, ids);
      }
      const spanId = spanIds.hex(row) as SpanId;
      const before = ids.get(spanId);
      if (before === undefined) ids.set(spanId, first + row);
      else if (typeof before === 'number') {
        const group = [before, first + row];
        ids.set(spanId, group);
        repeated.push(group);
      } else before.push(first + row);
      if (row % ROWS_A_LOOK === 0 && turns.isDue) await turns.give();
    }
  }
  if (repeated.length === 0) return Uint32Array.from({ length: rows }, (_, row) => row);
  const dropped = new Uint8Array(rows);
  const spanOf = (row: number): Span => {
    const reader = readerOf(readers, row);
    return reader.span(row - reader.first);
  };
  for (const group of repeated) {
    for (const row of group) dropped[row] = 1;
    for (const row of firstOfEach(group, spanOf)) dropped[row] = 0;
    if (turns.isDue) await turns.give();
  }
  return Uint32Array.from({ length: rows }, (_, row) => row).filter((row) => dropped[row] === 0);
}

/** By start, then by span id. Starts are compared as small offsets where they lie within a few months. */
function sortByStart(readers: readonly BlockRows[], rows: Uint32Array): Uint32Array {
  const starts = new BigUint64Array(readers.reduce((sum, { block }) => sum + block.rows, 0));
  for (const { first, block } of readers) starts.set(block.bigs('start_nano') as BigUint64Array, first);
  const headOf = (row: number): SpanHead => {
    const reader = readerOf(readers, row);
    return reader.head(row - reader.first);
  };
  const exactly = (a: number, b: number): number => byStart(headOf(a), headOf(b)) || a - b;
  let first = starts[rows[0] ?? 0] ?? 0n;
  let last = first;
  for (const row of rows) {
    const start = starts[row] as bigint;
    if (start < first) first = start;
    if (start > last) last = start;
  }
  if (last - first > BigInt(Number.MAX_SAFE_INTEGER)) return rows.sort(exactly);
  const offsets = new Float64Array(starts.length);
  for (const row of rows) offsets[row] = Number((starts[row] as bigint) - first);
  return rows.sort((a, b) => (offsets[a] as number) - (offsets[b] as number) || exactly(a, b));
}
