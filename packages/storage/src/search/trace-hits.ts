/**
 * What a list shows of each trace that matched: counted over all its spans, not only those that matched.
 *
 * Copies (a resend) are collapsed here by what a list can tell apart: ids, parent, kind, name, service,
 * times and status. The whole trace compares attributes as well.
 */
import type { TraceId } from '@tracewright/model';
import { ok, type Result } from '@tracewright/std';
import { printHexBytes, printText } from '../compile/literal.ts';
import type { NativeBlock } from '../native/native-block.ts';
import type { TraceHit } from '../reader.ts';
import { DATABASE, SPAN_DURATION } from '../schema/v0001.ts';
import { ask, type Budget, type Reading } from './searching.ts';

/** A trace and the start of its newest span that matched. */
export type TraceMatch = { readonly traceId: TraceId; readonly matchedNano: bigint };

/** Orders the spans of a trace by how good a root they make: one without a parent first, then the earliest. */
const ROOT_ORDER = `(parent_id != ${printHexBytes('0'.repeat(16))}, start_nano, span_id)`;

type Service = { readonly name: string; readonly spans: number; readonly errors: number };

type Root = {
  readonly hasParent: number;
  readonly startNano: bigint;
  readonly service: string;
  readonly name: string;
};

type Summary = {
  startNano: bigint;
  endNano: bigint;
  spans: number;
  errors: number;
  root: Root;
  readonly services: Service[];
};

export async function readTraceHits(
  reading: Reading,
  budget: Budget,
  tenant: string,
  matches: readonly TraceMatch[],
): Promise<Result<TraceHit[]>> {
  if (matches.length === 0) return ok([]);
  const ids = matches.map(({ traceId }) => traceId);
  const condition = await reading.traceSegments.condition(tenant, ids, false);
  if (!condition.ok) return condition;
  const asked = await ask(
    reading,
    budget,
    `SELECT trace_id, service, toUInt32(count()) AS spans, toUInt32(countIf(status_code = 2)) AS errors,
min(start_nano) AS start, max(start_nano + duration) AS end,
argMin((parent_id != ${printHexBytes('0'.repeat(16))}), ${ROOT_ORDER}) AS root_has_parent,
argMin(start_nano, ${ROOT_ORDER}) AS root_start, argMin(name, ${ROOT_ORDER}) AS root_name
FROM (
SELECT DISTINCT trace_id, span_id, parent_id, service, name, kind, start_nano, status_code,
${SPAN_DURATION} AS duration
FROM ${DATABASE}.spans WHERE tenant = ${printText(tenant)} AND ${condition.value})
GROUP BY trace_id, service`,
  );
  if (!asked.ok) return asked;
  const summaries = new Map<TraceId, Summary>();
  for (const block of asked.value.blocks) addRows(summaries, block);
  return ok(matches.flatMap((match) => hitOf(match, summaries.get(match.traceId)) ?? []));
}

function addRows(summaries: Map<TraceId, Summary>, block: NativeBlock): void {
  const ids = block.fixed('trace_id');
  const services = block.strings('service');
  const spans = block.numbers('spans');
  const errors = block.numbers('errors');
  const starts = block.bigs('start');
  const ends = block.bigs('end');
  const hasParents = block.numbers('root_has_parent');
  const rootStarts = block.bigs('root_start');
  const rootNames = block.strings('root_name');
  for (let row = 0; row < block.rows; row++) {
    const service: Service = {
      name: services.text(row),
      spans: spans[row] as number,
      errors: errors[row] as number,
    };
    const root: Root = {
      hasParent: hasParents[row] as number,
      startNano: rootStarts[row] as bigint,
      service: service.name,
      name: rootNames.text(row),
    };
    add(summaries, ids.hex(row) as TraceId, service, root, starts[row] as bigint, ends[row] as bigint);
  }
}

function add(
  summaries: Map<TraceId, Summary>,
  traceId: TraceId,
  service: Service,
  root: Root,
  startNano: bigint,
  endNano: bigint,
): void {
  const summary = summaries.get(traceId);
  if (summary === undefined) {
    const { spans, errors } = service;
    summaries.set(traceId, { startNano, endNano, spans, errors, root, services: [service] });
    return;
  }
  if (startNano < summary.startNano) summary.startNano = startNano;
  if (endNano > summary.endNano) summary.endNano = endNano;
  summary.spans += service.spans;
  summary.errors += service.errors;
  summary.services.push(service);
  const before = summary.root;
  const better =
    root.hasParent === before.hasParent
      ? root.startNano < before.startNano
      : root.hasParent < before.hasParent;
  if (better) summary.root = root;
}

/** Undefined when retention took the trace between the two statements. */
function hitOf(match: TraceMatch, summary: Summary | undefined): TraceHit | undefined {
  if (summary === undefined) return undefined;
  return {
    traceId: match.traceId,
    rootService: summary.root.service,
    rootName: summary.root.name,
    startUnixNano: summary.startNano,
    durationNano: summary.endNano - summary.startNano,
    spans: summary.spans,
    errors: summary.errors,
    services: summary.services.sort((a, b) => b.spans - a.spans || (a.name < b.name ? -1 : 1)),
    matchedUnixNano: match.matchedNano,
  };
}
