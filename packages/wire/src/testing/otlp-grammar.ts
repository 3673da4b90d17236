/**
 * The messages of OTLP, as opentelemetry-proto 1.45 numbers them, written down a second time: what a fuzzer makes must
 * not follow from the tables of the decoder that it tries.
 */

export type ScalarKind =
  | 'string'
  | 'bytes'
  | 'traceId'
  | 'spanId'
  | 'bool'
  | 'uint32'
  | 'fixed32'
  | 'int64'
  | 'fixed64'
  | 'double'
  | 'enum';

export type GrammarField = {
  readonly number: number;
  /** In lowerCamelCase. */
  readonly name: string;
  readonly kind: ScalarKind | GrammarMessage;
  readonly repeated: boolean;
  /** The names of an enum's values, by number. */
  readonly names?: readonly string[];
};

export type GrammarMessage = {
  readonly name: string;
  readonly fields: readonly GrammarField[];
  /** At most one of the fields is set. */
  readonly oneOf: boolean;
};

type Kind = ScalarKind | GrammarMessage;

function message(name: string, fields: readonly GrammarField[], oneOf: boolean = false): GrammarMessage {
  return { name, fields, oneOf };
}

function one(number: number, name: string, kind: Kind, names?: readonly string[]): GrammarField {
  return { number, name, kind, repeated: false, ...(names === undefined ? {} : { names }) };
}

function many(number: number, name: string, kind: Kind): GrammarField {
  return { number, name, kind, repeated: true };
}

const anyValueFields: GrammarField[] = [];
export const ANY_VALUE: GrammarMessage = message('AnyValue', anyValueFields, true);
export const KEY_VALUE: GrammarMessage = message('KeyValue', [
  one(1, 'key', 'string'),
  one(2, 'value', ANY_VALUE),
]);
anyValueFields.push(
  one(1, 'stringValue', 'string'),
  one(2, 'boolValue', 'bool'),
  one(3, 'intValue', 'int64'),
  one(4, 'doubleValue', 'double'),
  one(5, 'arrayValue', message('ArrayValue', [many(1, 'values', ANY_VALUE)])),
  one(6, 'kvlistValue', message('KeyValueList', [many(1, 'values', KEY_VALUE)])),
  one(7, 'bytesValue', 'bytes'),
);

const DROPPED = 'droppedAttributesCount';

const entityRef = message('EntityRef', [
  one(1, 'schemaUrl', 'string'),
  one(2, 'type', 'string'),
  many(3, 'idKeys', 'string'),
  many(4, 'descriptionKeys', 'string'),
]);

const resource = message('Resource', [
  many(1, 'attributes', KEY_VALUE),
  one(2, DROPPED, 'uint32'),
  many(3, 'entityRefs', entityRef),
]);

const scope = message('InstrumentationScope', [
  one(1, 'name', 'string'),
  one(2, 'version', 'string'),
  many(3, 'attributes', KEY_VALUE),
  one(4, DROPPED, 'uint32'),
]);

const event = message('Event', [
  one(1, 'timeUnixNano', 'fixed64'),
  one(2, 'name', 'string'),
  many(3, 'attributes', KEY_VALUE),
  one(4, DROPPED, 'uint32'),
]);

const link = message('Link', [
  one(1, 'traceId', 'traceId'),
  one(2, 'spanId', 'spanId'),
  one(3, 'traceState', 'string'),
  many(4, 'attributes', KEY_VALUE),
  one(5, DROPPED, 'uint32'),
  one(6, 'flags', 'fixed32'),
]);

const CODES = ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'];
const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const SEVERITIES = [
  'SEVERITY_NUMBER_UNSPECIFIED',
  ...LEVELS.flatMap((level) => ['', '2', '3', '4'].map((step) => `SEVERITY_NUMBER_${level}${step}`)),
];

const span = message('Span', [
  one(1, 'traceId', 'traceId'),
  one(2, 'spanId', 'spanId'),
  one(3, 'traceState', 'string'),
  one(4, 'parentSpanId', 'spanId'),
  one(5, 'name', 'string'),
  one(
    6,
    'kind',
    'enum',
    KINDS.map((kind) => `SPAN_KIND_${kind}`),
  ),
  one(7, 'startTimeUnixNano', 'fixed64'),
  one(8, 'endTimeUnixNano', 'fixed64'),
  many(9, 'attributes', KEY_VALUE),
  one(10, DROPPED, 'uint32'),
  many(11, 'events', event),
  one(12, 'droppedEventsCount', 'uint32'),
  many(13, 'links', link),
  one(14, 'droppedLinksCount', 'uint32'),
  one(15, 'status', message('Status', [one(2, 'message', 'string'), one(3, 'code', 'enum', CODES)])),
  one(16, 'flags', 'fixed32'),
]);

const logRecord = message('LogRecord', [
  one(1, 'timeUnixNano', 'fixed64'),
  one(2, 'severityNumber', 'enum', SEVERITIES),
  one(3, 'severityText', 'string'),
  one(5, 'body', ANY_VALUE),
  many(6, 'attributes', KEY_VALUE),
  one(7, DROPPED, 'uint32'),
  one(8, 'flags', 'fixed32'),
  one(9, 'traceId', 'traceId'),
  one(10, 'spanId', 'spanId'),
  one(11, 'observedTimeUnixNano', 'fixed64'),
  one(12, 'eventName', 'string'),
]);

function request(name: string, records: GrammarField, scopes: string, resources: string): GrammarMessage {
  const scoped = message(scopes, [one(1, 'scope', scope), records, one(3, 'schemaUrl', 'string')]);
  const resourced = message(resources, [
    one(1, 'resource', resource),
    many(2, scopes, scoped),
    one(3, 'schemaUrl', 'string'),
  ]);
  return message(name, [many(1, resources, resourced)]);
}

export const TRACES_REQUEST: GrammarMessage = request(
  'ExportTraceServiceRequest',
  many(2, 'spans', span),
  'scopeSpans',
  'resourceSpans',
);

export const LOGS_REQUEST: GrammarMessage = request(
  'ExportLogsServiceRequest',
  many(2, 'logRecords', logRecord),
  'scopeLogs',
  'resourceLogs',
);
