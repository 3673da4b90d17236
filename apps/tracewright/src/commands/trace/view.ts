/**
 * View: the spans and logs of one trace as the terminal shows them, read from OTLP's JSON.
 *
 * Every text is made safe for the terminal here, once. A field that is absent or odd becomes an empty one: the
 * waterfall shows what is there and never fails on what is not.
 */
import { visible } from '../../cli/display-text.ts';
import {
  type OtlpAnswer,
  type OtlpAttribute,
  type OtlpLogRecord,
  type OtlpSpan,
  valueText,
} from '../../cli/otlp-json.ts';
import { nanoOf } from '../../cli/time-text.ts';

export interface ViewAttribute {
  readonly key: string;
  readonly text: string;
}

export interface ViewEvent {
  readonly at: bigint;
  readonly name: string;
  readonly attributes: readonly ViewAttribute[];
}

export interface ViewLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: readonly ViewAttribute[];
}

export interface ViewSpan {
  readonly id: string;
  /** Empty for a root. */
  readonly parentId: string;
  readonly service: string;
  readonly name: string;
  readonly kind: string;
  readonly isError: boolean;
  readonly message: string;
  readonly start: bigint;
  /** As sent: may lie before the start. */
  readonly end: bigint;
  readonly attributes: readonly ViewAttribute[];
  readonly resource: readonly ViewAttribute[];
  readonly scope: string;
  readonly events: readonly ViewEvent[];
  readonly links: readonly ViewLink[];
}

export interface ViewLog {
  readonly at: bigint;
  /** Empty when the record names only the trace. */
  readonly spanId: string;
  readonly service: string;
  readonly severity: string;
  readonly severityNumber: number;
  readonly body: string;
}

export interface TraceView {
  readonly traceId: string;
  readonly spans: readonly ViewSpan[];
  readonly logs: readonly ViewLog[];
}

export const unknownService = 'unknown_service';

/** The traces of an answer in the order of their first span; a search by the low half of an id may find several. */
export function readTraces(answer: OtlpAnswer): readonly TraceView[] {
  const traces = new Map<string, { traceId: string; spans: ViewSpan[]; logs: ViewLog[] }>();
  const traceOf = (id: string) => {
    const known = traces.get(id);
    if (known !== undefined) return known;
    const made = { traceId: id, spans: [], logs: [] };
    traces.set(id, made);
    return made;
  };
  for (const { resource, scopeSpans } of listOf(answer.resourceSpans)) {
    const attributes = readAttributes(resource?.attributes);
    const service = serviceOf(attributes);
    for (const { scope, spans } of listOf(scopeSpans)) {
      const scopeText = visible([textOf(scope?.name), textOf(scope?.version)].filter(Boolean).join(' '));
      for (const span of listOf(spans))
        traceOf(readId(span.traceId)).spans.push(readSpan(span, service, attributes, scopeText));
    }
  }
  for (const { resource, scopeLogs } of listOf(answer.resourceLogs)) {
    const service = serviceOf(readAttributes(resource?.attributes));
    for (const { logRecords } of listOf(scopeLogs))
      for (const record of listOf(logRecords))
        traces.get(readId(record.traceId))?.logs.push(readLog(record, service));
  }
  for (const trace of traces.values()) trace.logs.sort((a, b) => compareBigint(a.at, b.at));
  return [...traces.values()];
}

export function compareBigint(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function readSpan(
  span: OtlpSpan,
  service: string,
  resource: readonly ViewAttribute[],
  scope: string,
): ViewSpan {
  const code = span.status?.code;
  return {
    id: readId(span.spanId),
    parentId: readId(span.parentSpanId),
    service,
    name: visible(textOf(span.name)),
    kind: kindName(span.kind),
    isError: code === 2 || code === 'STATUS_CODE_ERROR',
    message: visible(textOf(span.status?.message)),
    start: nanoOf(span.startTimeUnixNano),
    end: nanoOf(span.endTimeUnixNano),
    attributes: readAttributes(span.attributes),
    resource,
    scope,
    events: listOf(span.events).map((event) => ({
      at: nanoOf(event.timeUnixNano),
      name: visible(textOf(event.name)),
      attributes: readAttributes(event.attributes),
    })),
    links: listOf(span.links).map((link) => ({
      traceId: readId(link.traceId),
      spanId: readId(link.spanId),
      attributes: readAttributes(link.attributes),
    })),
  };
}

function readLog(record: OtlpLogRecord, service: string): ViewLog {
  const number = Number(record.severityNumber ?? 0);
  const at = nanoOf(record.timeUnixNano);
  return {
    at: at === 0n ? nanoOf(record.observedTimeUnixNano) : at,
    spanId: readId(record.spanId),
    service,
    severity: severityName(number, visible(textOf(record.severityText))),
    severityNumber: Number.isFinite(number) ? number : 0,
    body: visible(valueText(record.body)),
  };
}

/** The word of OTLP's range of numbers, or what the sender called it where there is no number. */
export function severityName(number: number, text: string): string {
  const word = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'][Math.floor((number - 1) / 4)];
  return word ?? text.toUpperCase();
}

function readAttributes(attributes: readonly OtlpAttribute[] | undefined): readonly ViewAttribute[] {
  return listOf(attributes).map(({ key, value }) => ({
    key: visible(textOf(key)),
    text: visible(valueText(value)),
  }));
}

function serviceOf(attributes: readonly ViewAttribute[]): string {
  return attributes.find((attribute) => attribute.key === 'service.name')?.text || unknownService;
}

/** Ids are hex; the zero id means none. */
function readId(id: string | undefined): string {
  const text = textOf(id);
  return /^0*$/.test(text) ? '' : visible(text.toLowerCase());
}

/** What the types promise, another server need not keep. */
function textOf(value: string | undefined): string {
  return typeof value === 'string' ? value : '';
}

function listOf<T extends object>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'object' && each !== null) : [];
}

const kinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];

function kindName(kind: number | string | undefined): string {
  if (typeof kind === 'string' && /^SPAN_KIND_/.test(kind)) return kind.slice(10).toLowerCase();
  return kinds[Number(kind ?? 0)] ?? 'unspecified';
}
