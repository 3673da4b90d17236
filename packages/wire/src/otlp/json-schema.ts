/**
 * The messages of OTLP as data: by which names JSON knows a field and how protobuf numbers it.
 *
 * Names are found by their bytes, in lowerCamelCase and in the original snake_case, as protobuf's JSON mapping
 * asks of readers.
 */

export type FieldKind =
  | 'string'
  | 'bytes'
  /** Hex in OTLP/JSON, against protobuf's own mapping. */
  | 'id'
  | 'bool'
  | 'uint32'
  | 'fixed32'
  | 'int64'
  | 'fixed64'
  | 'double'
  | 'enum'
  | 'message';

export type Field = {
  /** In lowerCamelCase, as error messages show it. */
  readonly name: string;
  readonly number: number;
  readonly kind: FieldKind;
  readonly repeated: boolean;
  /** Of kind `message`. */
  readonly message: Message | undefined;
  /** Of kind `enum`: its names and their numbers. */
  readonly names: ReadonlyMap<string, number> | undefined;
};

const encoder = new TextEncoder();

export class Message {
  /** A span or a log record: the unit that is refused alone. */
  readonly isRecord: boolean;
  readonly #slots: { readonly bytes: Uint8Array; readonly field: Field }[][] = [];

  constructor(isRecord: boolean = false) {
    this.isRecord = isRecord;
    for (let slot = 0; slot < SLOTS; slot++) this.#slots.push([]);
  }

  add(
    number: number,
    name: string,
    kind: FieldKind | Message,
    extra: { readonly repeated?: boolean; readonly names?: ReadonlyMap<string, number> } = {},
  ): this {
    const field: Field = {
      name,
      number,
      kind: kind instanceof Message ? 'message' : kind,
      repeated: extra.repeated === true,
      message: kind instanceof Message ? kind : undefined,
      names: extra.names,
    };
    const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    for (const spelling of new Set([name, snake])) {
      const bytes = encoder.encode(spelling);
      this.#slots[slotOf(bytes, 0, bytes.length)]?.push({ bytes, field });
    }
    return this;
  }

  /** The field of the name in `source[from, to)`. */
  find(source: Uint8Array, from: number, to: number): Field | undefined {
    if (from === to) return undefined;
    const slot = this.#slots[slotOf(source, from, to)];
    if (slot === undefined) return undefined;
    for (const { bytes, field } of slot) {
      if (bytes.length !== to - from) continue;
      let at = 0;
      while (at < bytes.length && bytes[at] === source[from + at]) at++;
      if (at === bytes.length) return field;
    }
    return undefined;
  }
}

const SLOTS = 64;

function slotOf(source: Uint8Array, from: number, to: number): number {
  return ((to - from) * 7 + (source[from] as number) * 3 + (source[to - 1] as number)) & (SLOTS - 1);
}

function names(prefix: string, list: readonly string[]): ReadonlyMap<string, number> {
  return new Map(list.map((name, number) => [prefix + name, number]));
}

const SPAN_KIND_NAMES = names('SPAN_KIND_', [
  'UNSPECIFIED',
  'INTERNAL',
  'SERVER',
  'CLIENT',
  'PRODUCER',
  'CONSUMER',
]);
const STATUS_CODE_NAMES = names('STATUS_CODE_', ['UNSET', 'OK', 'ERROR']);
const SEVERITY_NAMES = names('SEVERITY_NUMBER_', [
  'UNSPECIFIED',
  ...['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap((level) => [
    level,
    `${level}2`,
    `${level}3`,
    `${level}4`,
  ]),
]);
const repeated = { repeated: true } as const;

/** AnyValue, which may hold itself. */
export const ANY_VALUE: Message = new Message();
const keyValue = new Message().add(1, 'key', 'string').add(2, 'value', ANY_VALUE);
ANY_VALUE.add(1, 'stringValue', 'string')
  .add(2, 'boolValue', 'bool')
  .add(3, 'intValue', 'int64')
  .add(4, 'doubleValue', 'double')
  .add(5, 'arrayValue', new Message().add(1, 'values', ANY_VALUE, repeated))
  .add(6, 'kvlistValue', new Message().add(1, 'values', keyValue, repeated))
  .add(7, 'bytesValue', 'bytes');

const entityRef = new Message()
  .add(1, 'schemaUrl', 'string')
  .add(2, 'type', 'string')
  .add(3, 'idKeys', 'string', repeated)
  .add(4, 'descriptionKeys', 'string', repeated);

const resource = new Message()
  .add(1, 'attributes', keyValue, repeated)
  .add(2, 'droppedAttributesCount', 'uint32')
  .add(3, 'entityRefs', entityRef, repeated);

const scope = new Message()
  .add(1, 'name', 'string')
  .add(2, 'version', 'string')
  .add(3, 'attributes', keyValue, repeated)
  .add(4, 'droppedAttributesCount', 'uint32');

const event = new Message()
  .add(1, 'timeUnixNano', 'fixed64')
  .add(2, 'name', 'string')
  .add(3, 'attributes', keyValue, repeated)
  .add(4, 'droppedAttributesCount', 'uint32');

const link = new Message()
  .add(1, 'traceId', 'id')
  .add(2, 'spanId', 'id')
  .add(3, 'traceState', 'string')
  .add(4, 'attributes', keyValue, repeated)
  .add(5, 'droppedAttributesCount', 'uint32')
  .add(6, 'flags', 'fixed32');

const status = new Message().add(2, 'message', 'string').add(3, 'code', 'enum', { names: STATUS_CODE_NAMES });

const span = new Message(true)
  .add(1, 'traceId', 'id')
  .add(2, 'spanId', 'id')
  .add(3, 'traceState', 'string')
  .add(4, 'parentSpanId', 'id')
  .add(5, 'name', 'string')
  .add(6, 'kind', 'enum', { names: SPAN_KIND_NAMES })
  .add(7, 'startTimeUnixNano', 'fixed64')
  .add(8, 'endTimeUnixNano', 'fixed64')
  .add(9, 'attributes', keyValue, repeated)
  .add(10, 'droppedAttributesCount', 'uint32')
  .add(11, 'events', event, repeated)
  .add(12, 'droppedEventsCount', 'uint32')
  .add(13, 'links', link, repeated)
  .add(14, 'droppedLinksCount', 'uint32')
  .add(15, 'status', status)
  .add(16, 'flags', 'fixed32');

const logRecord = new Message(true)
  .add(1, 'timeUnixNano', 'fixed64')
  .add(2, 'severityNumber', 'enum', { names: SEVERITY_NAMES })
  .add(3, 'severityText', 'string')
  .add(5, 'body', ANY_VALUE)
  .add(6, 'attributes', keyValue, repeated)
  .add(7, 'droppedAttributesCount', 'uint32')
  .add(8, 'flags', 'fixed32')
  .add(9, 'traceId', 'id')
  .add(10, 'spanId', 'id')
  .add(11, 'observedTimeUnixNano', 'fixed64')
  .add(12, 'eventName', 'string');

const librarySpans = new Message()
  .add(1, 'instrumentationLibrary', scope)
  .add(2, 'spans', span, repeated)
  .add(3, 'schemaUrl', 'string');

const libraryLogs = new Message()
  .add(1, 'instrumentationLibrary', scope)
  .add(2, 'logRecords', logRecord, repeated)
  .add(3, 'schemaUrl', 'string');

const scopeSpans = new Message()
  .add(1, 'scope', scope)
  .add(2, 'spans', span, repeated)
  .add(3, 'schemaUrl', 'string');

const scopeLogs = new Message()
  .add(1, 'scope', scope)
  .add(2, 'logRecords', logRecord, repeated)
  .add(3, 'schemaUrl', 'string');

const resourceSpans = new Message()
  .add(1, 'resource', resource)
  .add(2, 'scopeSpans', scopeSpans, repeated)
  .add(3, 'schemaUrl', 'string')
  .add(1000, 'instrumentationLibrarySpans', librarySpans, repeated);

const resourceLogs = new Message()
  .add(1, 'resource', resource)
  .add(2, 'scopeLogs', scopeLogs, repeated)
  .add(3, 'schemaUrl', 'string')
  .add(1000, 'instrumentationLibraryLogs', libraryLogs, repeated);

/** ExportTraceServiceRequest. */
export const TRACES_REQUEST: Message = new Message().add(1, 'resourceSpans', resourceSpans, repeated);
/** ExportLogsServiceRequest. */
export const LOGS_REQUEST: Message = new Message().add(1, 'resourceLogs', resourceLogs, repeated);
