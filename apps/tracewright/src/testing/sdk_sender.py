"""A program with the OpenTelemetry SDK for Python, set up as its documentation says; prints what it made as JSON."""

import json
import logging
import os
import time

from opentelemetry import trace
from opentelemetry._logs import set_logger_provider
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

if os.environ["OTEL_EXPORTER_OTLP_PROTOCOL"] == "grpc":
    from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
else:
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter


class Complaints(logging.Handler):
    """What the SDK itself logs at warning or above."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


complaints = Complaints()
logging.getLogger("opentelemetry").addHandler(complaints)

resource = Resource.create({"host.cpus": 8, "host.load": 0.25, "zones": ["a", "b"]})
tracing = TracerProvider(resource=resource)
tracing.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(tracing)
logs = LoggerProvider(resource=resource)
logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
set_logger_provider(logs)

shop = logging.getLogger("shop")
shop.setLevel(logging.INFO)
shop.propagate = False
shop.addHandler(LoggingHandler(level=logging.INFO, logger_provider=logs))

tracer = trace.get_tracer("shop", "2.0")
made = []


def remember(span):
    made.append(
        {
            "spanId": format(span.context.span_id, "016x"),
            "parentSpanId": format(span.parent.span_id, "016x") if span.parent else "",
            "name": span.name,
            "start": str(span.start_time),
            "end": str(span.end_time),
            "attributes": {key: repr(value) for key, value in span.attributes.items()},
            "events": [event.name for event in span.events],
        }
    )


with tracer.start_as_current_span("GET /tax", kind=SpanKind.SERVER) as root:
    root.set_attribute("text", "Schnee ☃ 雪 𝄞")
    root.set_attribute("int", 2**53 + 1)
    root.set_attribute("negative", -(2**63))
    root.set_attribute("double", 1.0)
    root.set_attribute("bool", True)
    root.set_attribute("list", [1, 2, 3])
    for at in range(30):
        link = [Link(root.get_span_context(), {"why": "retry"})]
        with tracer.start_as_current_span("round", links=link if at == 3 else None) as child:
            child.set_attribute("at", at)
            child.add_event("rounded", {"half": at / 2})
            if at == 7:
                child.record_exception(ValueError("no rate"))
                child.set_status(Status(StatusCode.ERROR, "no rate"))
        remember(child)
    shop.error("no rate for %s", "XY", extra={"order": "o-1", "attempt": 2})
    shop.info("done")
remember(root)

ok = tracing.force_flush() and logs.force_flush()
acknowledged = int(time.time() * 1000)
tracing.shutdown()
logs.shutdown()
trace_id = format(root.get_span_context().trace_id, "032x")
report = {
    "traceId": trace_id,
    "spans": made,
    "complaints": complaints.lines,
    "flushed": bool(ok),
    "acknowledgedUnixMs": acknowledged,
}
print(json.dumps(report))
