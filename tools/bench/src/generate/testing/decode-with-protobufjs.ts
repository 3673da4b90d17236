// Decodes what the generator wrote with protobufjs, from the published schema's field numbers: somebody else's
// decoder, so that the generator is not merely its own witness.

import protobuf from 'protobufjs';

const SCHEMA = `
syntax = "proto3";
message Request { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; string schema_url = 3; }
message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; string schema_url = 3; }
message Scope { string name = 1; string version = 2; repeated KeyValue attributes = 3; }
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue {
  oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; }
}
message Span {
  bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5;
  int32 kind = 6; fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8;
  repeated KeyValue attributes = 9; uint32 dropped_attributes_count = 10; repeated Event events = 11;
  Status status = 15; fixed32 flags = 16;
}
message Event { fixed64 time_unix_nano = 1; string name = 2; repeated KeyValue attributes = 3; }
message Status { string message = 2; int32 code = 3; }
`;

const RequestType = protobuf.parse(SCHEMA).root.lookupType('Request');

/** A span as the tests compare it, whatever encoding it came in. */
export type DecodedSpan = {
  readonly resource: ReadonlyMap<string, string>;
  readonly scope: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly name: string;
  readonly kind: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: ReadonlyMap<string, string>;
  readonly events: readonly { readonly name: string; readonly timeNs: bigint }[];
  readonly statusCode: number;
  readonly flags: number;
};

type JsonValue = { stringValue?: string; boolValue?: boolean; intValue?: string; doubleValue?: number };
type JsonAttributes = { key: string; value: JsonValue }[] | undefined;
type JsonRequest = {
  resourceSpans: {
    resource: { attributes: JsonAttributes };
    scopeSpans: {
      scope: { name: string; version?: string };
      spans: {
        traceId: string;
        spanId: string;
        parentSpanId?: string;
        name: string;
        kind: number;
        startTimeUnixNano: string;
        endTimeUnixNano: string;
        attributes: JsonAttributes;
        events?: { name: string; timeUnixNano: string; attributes: JsonAttributes }[];
        status?: { code: number; message: string };
        flags: number;
      }[];
    }[];
  }[];
};

export function decodeProtobufRequest(message: Uint8Array): readonly DecodedSpan[] {
  const plain = RequestType.toObject(RequestType.decode(message), { longs: String, bytes: Buffer });
  return flatten(plain as JsonRequest, (id) => Buffer.from(id as unknown as Uint8Array).toString('hex'));
}

export function decodeJsonRequest(message: Uint8Array): readonly DecodedSpan[] {
  return flatten(JSON.parse(Buffer.from(message).toString('utf8')) as JsonRequest, (id) => id);
}

function flatten(request: JsonRequest, hex: (id: string) => string): readonly DecodedSpan[] {
  return request.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((span) => ({
        resource: attributeMap(resource.attributes),
        scope: `${scope.name} ${scope.version ?? ''}`,
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentId: span.parentSpanId === undefined ? '' : hex(span.parentSpanId),
        name: span.name,
        kind: span.kind,
        startNs: BigInt(span.startTimeUnixNano),
        endNs: BigInt(span.endTimeUnixNano),
        attributes: attributeMap(span.attributes),
        events: (span.events ?? []).map((event) => ({
          name: event.name,
          timeNs: BigInt(event.timeUnixNano),
        })),
        statusCode: span.status?.code ?? 0,
        flags: span.flags,
      })),
    ),
  );
}

/** Key → type and value in one string, so that a number and a text never compare as equal. */
function attributeMap(attributes: JsonAttributes): ReadonlyMap<string, string> {
  return new Map((attributes ?? []).map(({ key, value }) => [key, JSON.stringify(value)]));
}
