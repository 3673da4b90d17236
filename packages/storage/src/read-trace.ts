/**
 * Whole traces by their ids.
 *
 * `trace_segments` says which segments have spans of the trace, and the primary key where in them, for full ids and
 * for those of which only the low half is known. Rows are made into spans in slices, so that a trace of
 * a hundred thousand spans does not hold up whoever else this process serves.
 */
import type { Span, TraceId } from '@tracewright/model';
import type { TraceLookup } from '@tracewright/query';
import { ok, type Result } from '@tracewright/std';
import { printText } from './compile/literal.ts';
import type { EngineAnswer } from './engine/engine.ts';
import { decodeNative } from './native/decode.ts';
import type { NativeBlock } from './native/native-block.ts';
import type { ReadOptions } from './reader.ts';
import { collapseSpans } from './rows/collapse.ts';
import { ALL_OPTIONAL, filledIn, printColumns } from './rows/span-columns.ts';
import { spanRows } from './rows/span-rows.ts';
import { DATABASE } from './schema/v0001.ts';
import type { Reading } from './search/searching.ts';

const DEADLINE_MS = 15_000;
/** How long spans are made before others get their turn. */
const SLICE_MS = 8;
const SLICE_ROWS = 256;
/** A few granules are read by their key: there is nothing to compile for, and no index to look at. */
const READ_SETTINGS: Readonly<Record<string, number>> = {
  max_block_size: 8192,
  use_skip_indexes_on_data_read: 0,
  compile_expressions: 0,
  max_read_buffer_size: 65_536,
};

export function readTrace(
  reading: Reading,
  lookup: TraceLookup,
  options: ReadOptions = {},
): Promise<Result<readonly Span[]>> {
  return readSpans(reading, lookup.tenant, [lookup.traceId], lookup.lowOnly, options);
}

export function readTraces(
  reading: Reading,
  tenant: string,
  traceIds: readonly TraceId[],
  options: ReadOptions = {},
): Promise<Result<readonly Span[]>> {
  if (traceIds.length === 0) return Promise.resolve(ok([]));
  return readSpans(reading, tenant, traceIds, false, options);
}

/** All spans of the traces, without copies, by start. */
async function readSpans(
  reading: Reading,
  tenant: string,
  traceIds: readonly TraceId[],
  lowOnly: boolean,
  options: ReadOptions,
): Promise<Result<readonly Span[]>> {
  const condition = await reading.traceSegments.condition(tenant, traceIds, lowOnly);
  if (!condition.ok) return condition;
  const bounds = boundsOf(options);
  const where = `tenant = ${printText(tenant)} AND ${condition.value}`;
  let asked = reading.spanColumns.usual();
  for (;;) {
    const read = await readBlocks(reading, asked, where, bounds);
    if (!read.ok) return read;
    const filled = filledIn(read.value);
    if ((filled & ~asked) === 0n) {
      if (read.value.length > 0) reading.spanColumns.learn(filled);
      return spansOfBlocks(reading, tenant, read.value, bounds);
    }
    // New spans may come between the two readings: the second one that falls short asks for everything.
    asked = asked === reading.spanColumns.usual() ? asked | filled : ALL_OPTIONAL;
  }
}

async function readBlocks(
  reading: Reading,
  optional: bigint,
  where: string,
  bounds: Bounds,
): Promise<Result<NativeBlock[]>> {
  let blocks: NativeBlock[] = [];
  let broken: Result<NativeBlock[]> | undefined;
  const ask = (): Promise<Result<EngineAnswer>> =>
    reading.engine.query({
      sql: `SELECT ${printColumns(optional)} FROM ${DATABASE}.spans WHERE ${where}`,
      class: 'id',
      ...bounds,
      settings: READ_SETTINGS,
      onBlock: (bytes) => {
        const decoded = decodeNative(bytes);
        if (decoded.ok) blocks.push(...decoded.value.filter(({ rows }) => rows > 0));
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
  return broken ?? ok(blocks);
}

async function spansOfBlocks(
  reading: Reading,
  tenant: string,
  blocks: readonly NativeBlock[],
  bounds: Bounds,
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

type Bounds = { readonly deadlineMs: number; readonly signal?: AbortSignal };

function boundsOf(options: ReadOptions): Bounds {
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
