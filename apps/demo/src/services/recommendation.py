"""What else one might like: the one service that is not written for Node.

It uses the OpenTelemetry SDK for Python by hand, with the HTTP server of the standard library: spans for the
request, for the ranking and for the call back to the catalogue, and logs with the ids of their span. It talks to
the shop's parent process in lines of JSON: it says on standard output when it is ready, and is told on standard
input where the others answer. When that input ends, it ends.
"""

import json
import logging
import os
import random
import signal
import sys
import threading
import time
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry import propagate, trace
from opentelemetry._logs import set_logger_provider
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.logging.handler import LoggingHandler
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode

CATEGORIES = ["lamps", "chairs", "tables", "shelves", "rugs", "plants", "mirrors", "clocks"]

tracer_provider = TracerProvider()
tracer_provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(tracer_provider)
logger_provider = LoggerProvider()
logger_provider.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
set_logger_provider(logger_provider)

tracer = trace.get_tracer("recommendation", os.environ.get("SHOP_VERSION", ""))
log = logging.getLogger("recommendation")
log.setLevel(logging.INFO)
log.addHandler(LoggingHandler(logger_provider=logger_provider))
log.addHandler(logging.StreamHandler(sys.stderr))

peers: dict[str, list[str]] = {}


def call_catalogue(category: str) -> list[dict]:
    """Fetches the products of a category, within a CLIENT span whose context goes along."""
    address = peers["catalogue"][0]
    url = f"{address}/products?category={category}"
    parts = urllib.parse.urlsplit(url)
    attributes = {
        "http.request.method": "GET",
        "url.full": url,
        "server.address": parts.hostname or "",
        "server.port": parts.port or 0,
        "service.peer.name": "catalogue",
    }
    with tracer.start_as_current_span("GET", kind=SpanKind.CLIENT, attributes=attributes) as span:
        headers: dict[str, str] = {}
        propagate.inject(headers)
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as response:
            span.set_attribute("http.response.status_code", response.status)
            return json.loads(response.read())


def recommend(product: int) -> list[dict]:
    """The best rated of a category that goes with the product's own."""
    category = CATEGORIES[(product + 3) % len(CATEGORIES)]
    candidates = call_catalogue(category)
    with tracer.start_as_current_span("rank products", attributes={"shop.candidates": len(candidates)}) as span:
        ranked = sorted(candidates, key=lambda each: float(each.get("rating") or 0), reverse=True)
        best = ranked[:10]
        chosen = random.sample(best, k=min(3, len(best)))
        span.set_attribute("shop.recommended", [each["name"] for each in chosen])
    log.info("recommended %d of %d products", len(chosen), len(candidates))
    return chosen


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urllib.parse.urlsplit(self.path)
        attributes = {
            "http.request.method": "GET",
            "url.scheme": "http",
            "url.path": parts.path,
            "url.query": parts.query,
            "http.route": "/recommendations",
            "client.address": self.client_address[0],
        }
        parent = propagate.extract({key.lower(): value for key, value in self.headers.items()})
        name = "GET /recommendations"
        with tracer.start_as_current_span(name, context=parent, kind=SpanKind.SERVER, attributes=attributes) as span:
            status, body = self.answer(parts)
            span.set_attribute("http.response.status_code", status)
            if status >= 500:
                span.set_status(StatusCode.ERROR)
                span.set_attribute("error.type", str(status))
        payload = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def answer(self, parts: urllib.parse.SplitResult) -> tuple[int, object]:
        if parts.path != "/recommendations":
            return 404, {"error": f"no route {parts.path}"}
        product = urllib.parse.parse_qs(parts.query).get("product", [""])[0]
        if not product.isdigit():
            return 400, {"error": "product is not a number"}
        try:
            return 200, recommend(int(product))
        except Exception as error:
            trace.get_current_span().record_exception(error)
            log.exception("cannot recommend anything for product %s", product)
            return 502, {"error": f"the catalogue failed: {error}"}

    def log_message(self, format: str, *args: object) -> None:
        """The standard library would write a line for each request."""


def main() -> None:
    global peers
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"kind": "ready", "address": f"http://127.0.0.1:{server.server_port}"}), flush=True)
    for line in sys.stdin:
        message = json.loads(line)
        if message["kind"] == "stop":
            break
        peers = message["peers"]
    server.shutdown()
    time.sleep(0.1)
    tracer_provider.shutdown()
    logger_provider.shutdown()


main()
