/**
 * Whole traces for a list of them, a few at a time, so that a long list needs the memory of a short one.
 */
import { setImmediate as othersTurn } from 'node:timers/promises';
import type { Span, TraceId } from '@tracewright/model';
import type { Cursor, TraceSearch } from '@tracewright/query';
import { err, type Failure, ok, type Result } from '@tracewright/std';
import type { ApiRequest } from '../exchange.ts';
import { READ_DEADLINE_MS, SPANS_AT_ONCE, TRACES_IN_MEMORY } from '../limits.ts';
import { adjustInSteps } from './adjust-trace.ts';
import type { JaegerContext } from './context.ts';
import { TRACE_LEVEL } from './envelope.ts';
import { printTrace } from './trace-json.ts';
import { viewTrace } from './trace-view.ts';

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
      { signal: request.signal, deadlineMs: READ_DEADLINE_MS },
    );
    if (!page.ok) throw new BrokenAnswer(page.failure);
    const ids = page.value.traces.slice(0, left).map(({ traceId }) => traceId);
    yield* printTracesById(ids, raw, pretty, request, context);
    left -= ids.length;
    after = page.value.next;
  } while (after !== undefined && left > 0);
}

/** In the order of `ids`; one that has no spans (any more) is left out and named to `onMissing`. */
export async function* printTracesById(
  ids: readonly TraceId[],
  raw: boolean,
  pretty: boolean,
  request: ApiRequest,
  context: JaegerContext,
  onMissing: (id: TraceId) => void = () => {},
): AsyncGenerator<Iterable<string>> {
  for (let at = 0; at < ids.length; at += TRACES_IN_MEMORY) {
    const group = ids.slice(at, at + TRACES_IN_MEMORY);
    const spans = await readGroup(group, request, context);
    if (!spans.ok) throw new BrokenAnswer(spans.failure);
    for (const id of group) {
      const ofTrace = spans.value.get(id);
      if (ofTrace === undefined) onMissing(id);
      else yield await printSpans(ofTrace, raw, pretty, context);
    }
  }
}

/** Whoever else is served by this process has a turn after each step that a large trace takes. */
export async function printSpans(
  spans: readonly Span[],
  raw: boolean,
  pretty: boolean,
  context: JaegerContext,
): Promise<Iterable<string>> {
  const level = pretty ? TRACE_LEVEL : undefined;
  const view = viewTrace(spans);
  if (raw) return printTrace(view, level);
  const isLarge = spans.length > SPANS_AT_ONCE;
  const steps = adjustInSteps(view, context);
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
): Promise<Result<ReadonlyMap<TraceId, readonly Span[]>>> {
  const spans = await reader.traces(tenant, ids, { signal: request.signal, deadlineMs: READ_DEADLINE_MS });
  if (!spans.ok) return spans;
  const byTrace = new Map<TraceId, Span[]>();
  for (const span of spans.value) {
    const list = byTrace.get(span.traceId);
    if (list === undefined) byTrace.set(span.traceId, [span]);
    else list.push(span);
  }
  for (const list of byTrace.values()) {
    list.sort((a, b) => (a.startUnixNano < b.startUnixNano ? -1 : a.startUnixNano > b.startUnixNano ? 1 : 0));
  }
  return ok(byTrace);
}
