"""Makes the fixtures of fixtures/otlp that come from Python, and the expected values of all of them.

Run in an environment with opentelemetry-sdk and opentelemetry-exporter-otlp-proto-common:

    python produce.py ../../../fixtures/otlp

It writes what the Python SDK sends, a message in which every field of OTLP is set, both again as
OTLP/JSON by way of protobuf's own JSON mapping, and for every *.pb file in the folder an *.expected.json,
read with protobuf's own decoder, so that the expectations owe nothing to the decoder under test.
"""

import base64
import json
import math
import pathlib
import sys
from importlib.metadata import version

from google.protobuf import json_format
from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import IdGenerator, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.trace.span import TraceState

START = 1_760_000_000_000_000_000
RESOURCE = Resource({"service.name": "payment", "telemetry.sdk.language": "python", "process.pid": 7})


class Counted(IdGenerator):
    def __init__(self):
        self.count = 0

    def generate_trace_id(self):
        self.count += 1
        return 0xAB << 120 | self.count

    def generate_span_id(self):
        self.count += 1
        return 0xCD << 56 | self.count


def sdk_traces():
    exporter = InMemorySpanExporter()
    provider = TracerProvider(resource=RESOURCE, id_generator=Counted())
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("payment", "2.0.1", "https://opentelemetry.io/schemas/1.30.0", {"scope.tier": 1})
    root = tracer.start_span("charge", kind=SpanKind.SERVER, start_time=START, attributes={
        "http.request.method": "POST", "http.response.status_code": 402, "amount": 19.5, "retry": False,
        "tags": ["a", "b"], "counts": (1, 2), "empty": "", "snow": "雪 ☃",
    })
    other = SpanContext(1, 2, True, TraceFlags(1), TraceState([("vendor", "x"), ("b", "y")]))
    child = tracer.start_span("INSERT payments", context=trace.set_span_in_context(root), kind=SpanKind.CLIENT,
                              start_time=START + 1_000_001, links=[Link(other, {"why": "retry"})])
    child.add_event("connected", {"pool": 3}, START + 1_500_000)
    child.record_exception(ValueError("no funds"), timestamp=START + 1_700_000)
    child.set_status(Status(StatusCode.ERROR, "no funds"))
    child.end(START + 2_000_000)
    root.end(START + 3_000_000)
    return encode_spans(exporter.get_finished_spans())


def sdk_logs():
    exporter = InMemoryLogRecordExporter()
    provider = LoggerProvider(resource=RESOURCE)
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    logger = provider.get_logger("payment.log", "2.0.1")
    span = trace.NonRecordingSpan(SpanContext(0xAB << 120 | 5, 0xCD << 56 | 6, False, TraceFlags(1)))
    logger.emit(LogRecord(timestamp=START, observed_timestamp=START + 5, severity_text="WARN",
                          severity_number=SeverityNumber.WARN, body="low funds", attributes={"account": "a-1", "tries": 2},
                          context=trace.set_span_in_context(span)))
    logger.emit(LogRecord(timestamp=START + 1, observed_timestamp=START + 6, severity_number=SeverityNumber.INFO,
                          body={"list": [1, "two", 3.5, None], "inner": {"deep": True}}, event_name="funds.checked"))
    return encode_logs(exporter.get_finished_logs())


def every_value(into, depth=0):
    """One attribute of every type, with the values that are easily spoiled on the way."""
    def add(key):
        entry = into.add()
        entry.key = key
        return entry.value
    add("string").string_value = "text"
    add("string.empty").string_value = ""
    add("string.nul").string_value = "a\0b"
    add("bool.true").bool_value = True
    add("bool.false").bool_value = False
    for name, number in {"zero": 0, "max": 2**63 - 1, "min": -(2**63), "odd": 2**53 + 1, "minus": -1}.items():
        add(f"int.{name}").int_value = number
    for name, number in {"zero": 0.0, "minus": -0.0, "nan": math.nan, "inf": math.inf, "neg": -math.inf,
                         "whole": 42.0, "tiny": 5e-324, "large": 1.7976931348623157e308}.items():
        add(f"double.{name}").double_value = number
    add("bytes").bytes_value = bytes(range(0, 256, 17))
    add("bytes.empty").bytes_value = b""
    add("array.empty").array_value.SetInParent()
    add("map.empty").kvlist_value.SetInParent()
    add("unset").SetInParent()
    into.add().key = "absent"
    into.add().value.string_value = "under the empty key"
    add("twice").string_value = "first"
    add("twice").string_value = "second"
    add("twice").int_value = 42
    add("twice").double_value = 42.0
    add("http.request.method").string_value = "GET"
    add("http.request.method").string_value = "POST"
    add("http.response.status_code").int_value = 200
    add("http.response.status_code").string_value = "200"
    add("http.route").string_value = ""
    if depth < 2:
        mixed = add("array").array_value
        mixed.values.add().string_value = "x"
        mixed.values.add().int_value = -5
        mixed.values.add()
        mixed.values.add().array_value.values.add().bool_value = True
        every_value(mixed.values.add().kvlist_value.values, depth + 1)
        every_value(add("map").kvlist_value.values, depth + 1)


def fill_resource(resource):
    resource.attributes.add(key="service.name").value.string_value = "every-field"
    every_value(resource.attributes, 1)
    resource.dropped_attributes_count = 3
    resource.entity_refs.add(schema_url="urn:entity", type="host", id_keys=["host.id"], description_keys=["a", "b"])


def fill_scope(scope):
    scope.name = "every scope"
    scope.version = "v9"
    every_value(scope.attributes, 1)
    scope.dropped_attributes_count = 4


def every_field_traces():
    request = ExportTraceServiceRequest()
    frame = request.resource_spans.add(schema_url="urn:resource")
    fill_resource(frame.resource)
    inner = frame.scope_spans.add(schema_url="urn:scope")
    fill_scope(inner.scope)
    span = inner.spans.add(
        trace_id=bytes(range(16)), span_id=bytes(range(8)), parent_span_id=bytes(range(8, 16)), trace_state="a=1,b=2",
        flags=0xFFFF_FFFF, name="every field", kind=5, start_time_unix_nano=2**64 - 1, end_time_unix_nano=2**63 + 1,
        dropped_attributes_count=2**32 - 1, dropped_events_count=11, dropped_links_count=12)
    span.status.code = 2
    span.status.message = "broken"
    every_value(span.attributes)
    for number in range(2):
        event = span.events.add(time_unix_nano=START + number, name=f"event {number}", dropped_attributes_count=number)
        every_value(event.attributes, 1)
        link = span.links.add(trace_id=bytes(range(16 - number)), span_id=bytes(8 - number), trace_state="c=3",
                              dropped_attributes_count=number + 1, flags=0x0300 + number)
        every_value(link.attributes, 1)
    span.events.add()
    span.links.add()
    for start, end in ((0, 0), (START, START - 1), (4_102_444_800_000_000_000, 4_102_444_800_000_000_001), (0, START)):
        inner.spans.add(trace_id=b"\x01" * 16, span_id=b"\x02" * 8, start_time_unix_nano=start, end_time_unix_nano=end)
    bare = request.resource_spans.add().scope_spans.add()
    bare.spans.add(trace_id=b"\xff" * 16, span_id=b"\xff" * 8, parent_span_id=bytes(8), kind=77)
    request.resource_spans.add().resource.attributes.add(key="of no span").value.int_value = 1
    return request


def every_field_logs():
    request = ExportLogsServiceRequest()
    frame = request.resource_logs.add(schema_url="urn:resource")
    fill_resource(frame.resource)
    inner = frame.scope_logs.add(schema_url="urn:scope")
    fill_scope(inner.scope)
    record = inner.log_records.add(
        time_unix_nano=2**64 - 1, observed_time_unix_nano=1, severity_number=24, severity_text="FATAL4",
        dropped_attributes_count=2**32 - 1, flags=0xFFFF_FFFF, trace_id=bytes(range(16)), span_id=bytes(range(8)),
        event_name="every.field")
    every_value(record.attributes)
    every_value(record.body.kvlist_value.values)
    bodies = [dict(string_value=""), dict(string_value="plain"), dict(int_value=2**53 + 1), dict(bytes_value=b"\0\1"), {}]
    for body in bodies:
        inner.log_records.add().body.MergeFrom(type(record.body)(**body))
    inner.log_records[-1].body.SetInParent()
    inner.log_records.add(severity_number=3)
    inner.log_records.add(trace_id=bytes(16), span_id=bytes(8))
    return request


def hex_ids(value):
    """Protobuf's JSON mapping writes ids in base64, OTLP's in hex."""
    if isinstance(value, list):
        return [hex_ids(entry) for entry in value]
    if isinstance(value, dict):
        return {key: base64.b64decode(entry).hex() if key in ("traceId", "spanId", "parentSpanId") else hex_ids(entry)
                for key, entry in value.items()}
    return value


def otlp_json(request):
    return json.dumps(hex_ids(json_format.MessageToDict(request, use_integers_for_enums=True)), ensure_ascii=False)


# --- the expected values -----------------------------------------------------------------------------------------

def value(any_value):
    kind = any_value.WhichOneof("value")
    if kind is None:
        return {"type": "empty"}
    held = getattr(any_value, kind)
    if kind == "double_value":
        text = str(held).replace("inf", "Infinity").replace("nan", "NaN")
        return {"type": "double", "value": "-0" if text == "-0.0" else held if math.isfinite(held) else text}
    return {
        "string_value": lambda: {"type": "string", "value": held},
        "bool_value": lambda: {"type": "bool", "value": held},
        "int_value": lambda: {"type": "int", "value": str(held)},
        "bytes_value": lambda: {"type": "bytes", "value": held.hex()},
        "array_value": lambda: {"type": "array", "value": [value(entry) for entry in held.values]},
        "kvlist_value": lambda: {"type": "map", "value": attributes(held.values)},
    }[kind]()


def attributes(entries):
    return [{"key": entry.key, "value": value(entry.value)} for entry in entries]


def resource_value(frame):
    resource = frame.resource
    names = [entry.value.string_value for entry in resource.attributes
             if entry.key == "service.name" and entry.value.string_value != ""]
    result = {"service": names[0] if names else "unknown_service", "attributes": attributes(resource.attributes),
              "droppedAttributes": resource.dropped_attributes_count, "schemaUrl": frame.schema_url}
    if len(resource.entity_refs) > 0:
        result["entityRefs"] = [{"schemaUrl": ref.schema_url, "type": ref.type, "idKeys": list(ref.id_keys),
                                 "descriptionKeys": list(ref.description_keys)} for ref in resource.entity_refs]
    return result


def scope_value(frame):
    scope = frame.scope
    return {"name": scope.name, "version": scope.version, "attributes": attributes(scope.attributes),
            "droppedAttributes": scope.dropped_attributes_count, "schemaUrl": frame.schema_url}


def id_text(raw, size):
    return raw.hex() if len(raw) == size and any(raw) else ""


def span_value(span):
    return {
        "traceId": span.trace_id.hex(), "spanId": span.span_id.hex(), "parentSpanId": id_text(span.parent_span_id, 8),
        "traceState": span.trace_state, "flags": span.flags, "name": span.name, "kind": span.kind,
        "startUnixNano": str(span.start_time_unix_nano), "endUnixNano": str(span.end_time_unix_nano),
        "statusCode": span.status.code, "statusMessage": span.status.message,
        "attributes": attributes(span.attributes), "droppedAttributes": span.dropped_attributes_count,
        "events": [{"timeUnixNano": str(event.time_unix_nano), "name": event.name,
                    "attributes": attributes(event.attributes), "droppedAttributes": event.dropped_attributes_count}
                   for event in span.events],
        "droppedEvents": span.dropped_events_count,
        "links": [{"traceId": link.trace_id.hex(), "spanId": link.span_id.hex(), "traceState": link.trace_state,
                   "attributes": attributes(link.attributes), "droppedAttributes": link.dropped_attributes_count,
                   "flags": link.flags} for link in span.links],
        "droppedLinks": span.dropped_links_count,
    }


def log_value(log):
    result = {
        "timeUnixNano": str(log.time_unix_nano), "observedUnixNano": str(log.observed_time_unix_nano),
        "severityNumber": log.severity_number, "severityText": log.severity_text,
        "attributes": attributes(log.attributes), "droppedAttributes": log.dropped_attributes_count, "flags": log.flags,
        "traceId": id_text(log.trace_id, 16), "spanId": id_text(log.span_id, 8), "eventName": log.event_name,
    }
    if log.HasField("body"):
        result["body"] = value(log.body)
    return result


def expected(path):
    request = ExportTraceServiceRequest() if path.stem.endswith("traces") else ExportLogsServiceRequest()
    request.ParseFromString(path.read_bytes())
    records = []
    if path.stem.endswith("traces"):
        for frame in request.resource_spans:
            for inner in frame.scope_spans:
                shared = {"resource": resource_value(frame), "scope": scope_value(inner)}
                records += [{**span_value(span), **shared} for span in inner.spans]
    else:
        for frame in request.resource_logs:
            for inner in frame.scope_logs:
                shared = {"resource": resource_value(frame), "scope": scope_value(inner)}
                records += [{**log_value(log), **shared} for log in inner.log_records]
    return records


def main():
    folder = pathlib.Path(sys.argv[1])
    sdk = f"opentelemetry-python-{version('opentelemetry-sdk')}"
    proto = f"every-field-opentelemetry-proto-{version('opentelemetry-proto')}"
    requests = {f"{sdk}-traces": sdk_traces(), f"{sdk}-logs": sdk_logs(),
                f"{proto}-traces": every_field_traces(), f"{proto}-logs": every_field_logs()}
    for name, request in requests.items():
        (folder / f"{name}.pb").write_bytes(request.SerializeToString(deterministic=True))
        (folder / f"{name}.json").write_text(otlp_json(request))
    for path in sorted(folder.glob("*.pb")):
        lines = [json.dumps(record, ensure_ascii=False, separators=(",", ":")) for record in expected(path)]
        path.with_suffix(".expected.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")


main()
