/**
 * Whole traces for a list of them, a few at a time, so that a long list needs the memory of a short one.
 */
import { setImmediate as othersTurn } from 'node:timers/promises';
import type { TraceId } from '@tracewright/model';
import type { Cursor, TraceSearch } from '@tracewright/query';
import { err, type Failure, ok, type Result } from '@tracewright/std';
import { pickSpans, type SpanList } from '@tracewright/storage';
import type { ApiRequest } from '../exchange.ts';
import { HEAD_BYTES, SPANS_AT_ONCE, TRACES_IN_MEMORY } from '../limits.ts';
import { readOptions } from '../read-options.ts';
import { adjustInSteps } from './adjust-trace.ts';
import type { JaegerContext } from './context.ts';
import { TRACE_LEVEL } from './envelope.ts';
import { printTrace } from './trace-json.ts';
import { viewSpans } from './trace-view.ts';

/** A read that failed after the answer had begun: the connection breaks, so that nobody takes half for all. */
export class BrokenAnswer extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/**
 * Runs a list of traces up to its first trace, so that a failure until there is an answer of its own, and
 * hands out the whole list.
 */
export async function prime<T>(source: AsyncGenerator<T>): Promise<Result<AsyncIterable<T>>> {
  try {
    return ok(resume(await source.next(), source));
  } catch (thrown) {
    if (thrown instanceof BrokenAnswer) return err(thrown.failure);
    throw thrown;
  }
}

async function* resume<T>(first: IteratorResult<T>, source: AsyncGenerator<T>): AsyncGenerator<T> {
  if (first.done === true) return;
  try {
    yield first.value;
    yield* source;
  } finally {
    await source.return(undefined);
  }
}

/** The traces of a search, page by page. */
export async function* printFoundTraces(
  plan: TraceSearch,
  raw: boolean,
  pretty: boolean,
  request: ApiRequest,
  context: JaegerContext,
): AsyncGenerator<Iterable<string>> {
  let left = plan.limit;
  let after: Cursor | undefined;
  do {
    const page = await context.reader.searchTraces(
      { ...plan, limit: Math.min(left, TRACES_IN_MEMORY), ...(after === undefined ? {} : { after }) },
      readOptions(request),
    );
    if (!page.ok) throw new BrokenAnswer(page.failure);
    const hits = page.value.traces.slice(0, left);
    const sizes = new Map(hits.map(({ traceId, spans }) => [traceId, spans]));
    yield* printTracesById([...sizes.keys()], { raw, pretty, sizes }, request, context);
    left -= hits.length;
    after = page.value.next;
  } while (after !== undefined && left > 0);
}

export type PrintOptions = {
  readonly raw: boolean;
  readonly pretty: boolean;
  /** Spans of the traces, as far as they are known. */
  readonly sizes?: ReadonlyMap<TraceId, number>;
  /** Told of a trace that has no spans (any more); it is left out. */
  readonly onMissing?: (id: TraceId) => void;
};

/** In the order of `ids`. */
export async function* printTracesById(
  ids: readonly TraceId[],
  { raw, pretty, sizes, onMissing }: PrintOptions,
  request: ApiRequest,
  context: JaegerContext,
): AsyncGenerator<Iterable<string>> {
  const { account } = request;
  for (const group of groupsOf(ids, sizes)) {
    const before = account.used;
    const spans = await readGroup(group, request, context);
    if (!spans.ok) throw new BrokenAnswer(spans.failure);
    for (const id of group) {
      const ofTrace = spans.value.get(id);
      if (ofTrace === undefined) onMissing?.(id);
      else yield await printSpans(ofTrace, raw, pretty, context);
      account.begin();
    }
    // The next group has the room of this one.
    account.drop(account.used - before);
  }
}

/** As many traces as may be read at once; a large one alone. */
function* groupsOf(
  ids: readonly TraceId[],
  sizes: ReadonlyMap<TraceId, number> = new Map(),
): Generator<readonly TraceId[]> {
  let group: TraceId[] = [];
  let spans = 0;
  for (const id of ids) {
    const size = sizes.get(id) ?? 0;
    if (group.length > 0 && (group.length === TRACES_IN_MEMORY || spans + size > SPANS_AT_ONCE)) {
      yield group;
      group = [];
      spans = 0;
    }
    group.push(id);
    spans += size;
  }
  if (group.length > 0) yield group;
}

/** Whoever else is served by this process has a turn after each step that a large trace takes. */
export async function printSpans(
  spans: SpanList,
  raw: boolean,
  pretty: boolean,
  context: JaegerContext,
): Promise<Iterable<string>> {
  const level = pretty ? TRACE_LEVEL : undefined;
  if (raw) return printTrace(viewSpans(spans), level);
  const isLarge = spans.length > SPANS_AT_ONCE;
  const steps = adjustInSteps(spans, context);
  for (;;) {
    if (isLarge) await othersTurn();
    const step = steps.next();
    if (step.done === true) return printTrace(step.value, level);
  }
}

async function readGroup(
  ids: readonly TraceId[],
  request: ApiRequest,
  { reader, tenant }: JaegerContext,
): Promise<Result<ReadonlyMap<TraceId, SpanList>>> {
  const spans = await reader.traces(tenant, ids, { ...readOptions(request), spanBytes: HEAD_BYTES });
  if (!spans.ok) return spans;
  const [only] = ids;
  if (only !== undefined && ids.length === 1 && spans.value.length > 0)
    return ok(new Map([[only, spans.value]]));
  const places = new Map<TraceId, number[]>();
  for (let place = 0; place < spans.value.length; place++) {
    const { traceId } = spans.value.headAt(place);
    const list = places.get(traceId);
    if (list === undefined) places.set(traceId, [place]);
    else list.push(place);
    if (place % SPANS_AT_ONCE === SPANS_AT_ONCE - 1) await othersTurn();
  }
  return ok(new Map([...places].map(([id, list]) => [id, pickSpans(spans.value, list)])));
}
