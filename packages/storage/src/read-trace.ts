/**
 * Whole traces by their ids.
 *
 * The bloom filter over the low half of the trace id leaves a few granules of each part to read, for full ids
 * and for those of which only the low half is known. Rows are made into spans in slices, so that a trace of
 * a hundred thousand spans does not hold up whoever else this process serves.
 */
import type { Span, TraceId } from '@tracewright/model';
import type { TraceLookup } from '@tracewright/query';
import { ok, type Result } from '@tracewright/std';
import { printHexBytes, printText } from './compile/literal.ts';
import type { EngineAnswer } from './engine/engine.ts';
import { decodeNative } from './native/decode.ts';
import type { NativeBlock } from './native/native-block.ts';
import type { ReadOptions } from './reader.ts';
import { collapseSpans } from './rows/collapse.ts';
import { spanRows } from './rows/span-rows.ts';
import { DATABASE, SPAN_COLUMNS } from './schema/v0001.ts';
import type { Reading } from './search/searching.ts';

const DEADLINE_MS = 15_000;
/** How long spans are made before others get their turn. */
const SLICE_MS = 8;
const SLICE_ROWS = 256;

export function readTrace(
  reading: Reading,
  lookup: TraceLookup,
  options: ReadOptions = {},
): Promise<Result<readonly Span[]>> {
  return readSpans(reading, lookup.tenant, traceCondition([lookup.traceId], lookup.lowOnly), options);
}

export function readTraces(
  reading: Reading,
  tenant: string,
  traceIds: readonly TraceId[],
  options: ReadOptions = {},
): Promise<Result<readonly Span[]>> {
  if (traceIds.length === 0) return Promise.resolve(ok([]));
  return readSpans(reading, tenant, traceCondition(traceIds, false), options);
}

/** The condition that finds traces by id, in the words that the index understands. */
export function traceCondition(traceIds: readonly TraceId[], lowOnly: boolean): string {
  const low = traceIds.map((traceId) => printHexBytes(traceId.slice(16)));
  const near = `substring(trace_id, 9, 8) IN (${low.join(', ')})`;
  return lowOnly ? near : `${near} AND trace_id IN (${traceIds.map(printHexBytes).join(', ')})`;
}

/** All spans that `condition` finds, without copies, by start. */
async function readSpans(
  reading: Reading,
  tenant: string,
  condition: string,
  options: ReadOptions,
): Promise<Result<readonly Span[]>> {
  let blocks: NativeBlock[] = [];
  let broken: Result<NativeBlock[]> | undefined;
  const bounds = boundsOf(options);
  const ask = (): Promise<Result<EngineAnswer>> =>
    reading.engine.query({
      sql: `SELECT ${SPAN_COLUMNS} FROM ${DATABASE}.spans WHERE tenant = ${printText(tenant)} AND ${condition}`,
      class: 'id',
      ...bounds,
      settings: { max_block_size: 8192, use_skip_indexes_on_data_read: 0 },
      onBlock: (bytes) => {
        const decoded = decodeNative(bytes);
        if (decoded.ok) blocks.push(...decoded.value);
        else broken ??= decoded;
      },
    });
  let answer = await ask();
  if (!answer.ok && answer.failure.code === 'unavailable' && blocks.length > 0) {
    // The engine died with the answer half given. What was given is thrown away, and it is asked again.
    blocks = [];
    answer = await ask();
  }
  if (!answer.ok) return answer;
  if (broken !== undefined && !broken.ok) return broken;
  return spansOfBlocks(reading, tenant, blocks, bounds);
}

async function spansOfBlocks(
  reading: Reading,
  tenant: string,
  blocks: readonly NativeBlock[],
  bounds: { readonly deadlineMs: number; readonly signal?: AbortSignal },
): Promise<Result<readonly Span[]>> {
  const shared = await reading.shared.load(tenant, sharedIdsOf(blocks), bounds);
  if (!shared.ok) return shared;
  const spans: Span[] = [];
  let sliceEndsAtMs = performance.now() + SLICE_MS;
  for (const block of blocks) {
    if (block.rows === 0) continue;
    const read = spanRows(block, shared.value, reading.decodeAnyValue);
    for (let row = 0; row < block.rows; row++) {
      spans.push(read(row));
      if (row % SLICE_ROWS === 0 && performance.now() > sliceEndsAtMs) {
        await othersTurn();
        sliceEndsAtMs = performance.now() + SLICE_MS;
      }
    }
  }
  await othersTurn();
  const kept = collapseSpans(spans);
  await othersTurn();
  return ok(sortByStart(kept));
}

function othersTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export function sharedIdsOf(blocks: readonly NativeBlock[]): {
  readonly resources: Set<bigint>;
  readonly scopes: Set<bigint>;
} {
  const resources = new Set<bigint>();
  const scopes = new Set<bigint>();
  for (const block of blocks) {
    if (block.rows === 0) continue;
    for (const id of block.bigs('resource_id')) resources.add(id);
    for (const id of block.bigs('scope_id')) scopes.add(id);
  }
  return { resources, scopes };
}

function boundsOf(options: ReadOptions): {
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
} {
  return {
    deadlineMs: options.deadlineMs ?? DEADLINE_MS,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
}

/** Sorts by start, then by span id. Starts are compared as small offsets where they lie within a few months. */
function sortByStart(spans: readonly Span[]): Span[] {
  let first = spans[0]?.startUnixNano ?? 0n;
  let last = first;
  for (const { startUnixNano } of spans) {
    if (startUnixNano < first) first = startUnixNano;
    if (startUnixNano > last) last = startUnixNano;
  }
  if (last - first > BigInt(Number.MAX_SAFE_INTEGER)) return [...spans].sort(byStart);
  const offsets = new Float64Array(spans.length);
  const order = new Uint32Array(spans.length);
  for (let at = 0; at < spans.length; at++) {
    offsets[at] = Number((spans[at] as Span).startUnixNano - first);
    order[at] = at;
  }
  order.sort((a, b) => {
    const difference = (offsets[a] as number) - (offsets[b] as number);
    return difference !== 0 ? difference : byStart(spans[a] as Span, spans[b] as Span) || a - b;
  });
  return Array.from(order, (at) => spans[at] as Span);
}

function byStart(a: Span, b: Span): number {
  if (a.startUnixNano !== b.startUnixNano) return a.startUnixNano < b.startUnixNano ? -1 : 1;
  return a.spanId < b.spanId ? -1 : a.spanId > b.spanId ? 1 : 0;
}
