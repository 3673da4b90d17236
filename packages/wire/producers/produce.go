// Makes the fixtures of fixtures/otlp that come from the OpenTelemetry Collector: bytes of the marshalers with which
// its OTLP exporters write, from pdata. Run in a module that requires go.opentelemetry.io/collector/pdata:
//
//	go run produce.go ../../../fixtures/otlp 1.71.0
package main

import (
	"os"
	"path/filepath"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

const start = pcommon.Timestamp(1_760_000_000_000_000_000)

type request interface {
	MarshalProto() ([]byte, error)
	MarshalJSON() ([]byte, error)
}

func write(name string, from request) {
	protobuf, err := from.MarshalProto()
	if err != nil {
		panic(err)
	}
	json, err := from.MarshalJSON()
	if err != nil {
		panic(err)
	}
	base := filepath.Join(os.Args[1], "opentelemetry-collector-pdata-"+os.Args[2]+"-"+name)
	if err := os.WriteFile(base+".pb", protobuf, 0o644); err != nil {
		panic(err)
	}
	if err := os.WriteFile(base+".json", json, 0o644); err != nil {
		panic(err)
	}
}

func attributes(into pcommon.Map) {
	into.PutStr("http.request.method", "GET")
	into.PutInt("http.response.status_code", 503)
	into.PutDouble("ratio", 0.1)
	into.PutBool("sampled", true)
	into.PutEmpty("nothing")
	into.PutEmptyBytes("bytes").Append(0, 1, 254, 255)
	list := into.PutEmptySlice("list")
	list.AppendEmpty().SetStr("a")
	list.AppendEmpty().SetInt(-1)
	list.AppendEmpty().SetEmptyMap().PutStr("inner", "b")
	into.PutEmptyMap("map").PutEmptySlice("empty")
}

func traces() ptrace.Traces {
	data := ptrace.NewTraces()
	for _, service := range []string{"gateway", "stock", ""} {
		frame := data.ResourceSpans().AppendEmpty()
		frame.SetSchemaUrl("https://opentelemetry.io/schemas/1.38.0")
		if service != "" {
			frame.Resource().Attributes().PutStr("service.name", service)
		}
		inner := frame.ScopeSpans().AppendEmpty()
		inner.Scope().SetName("go.scope")
		inner.Scope().SetVersion("1")
		attributes(inner.Scope().Attributes())
		for number := byte(1); number < 3; number++ {
			span := inner.Spans().AppendEmpty()
			span.SetTraceID([16]byte{1, 2, 3, number})
			span.SetSpanID([8]byte{9, number})
			if number > 1 {
				span.SetParentSpanID([8]byte{9, number - 1})
			}
			span.SetName("GET /stock")
			span.SetKind(ptrace.SpanKindClient)
			span.SetStartTimestamp(start)
			span.SetEndTimestamp(start + 1_000_003)
			span.TraceState().FromRaw("rojo=00f067aa0ba902b7")
			span.SetFlags(0x101)
			span.SetDroppedEventsCount(2)
			span.Status().SetCode(ptrace.StatusCodeError)
			span.Status().SetMessage("503 Service Unavailable")
			attributes(span.Attributes())
			event := span.Events().AppendEmpty()
			event.SetName("retry")
			event.SetTimestamp(start + 7)
			attributes(event.Attributes())
			link := span.Links().AppendEmpty()
			link.SetTraceID([16]byte{7})
			link.SetFlags(0x301)
			attributes(link.Attributes())
		}
	}
	return data
}

func logs() plog.Logs {
	data := plog.NewLogs()
	frame := data.ResourceLogs().AppendEmpty()
	frame.Resource().Attributes().PutStr("service.name", "gateway")
	inner := frame.ScopeLogs().AppendEmpty()
	inner.SetSchemaUrl("https://opentelemetry.io/schemas/1.38.0")
	record := inner.LogRecords().AppendEmpty()
	record.SetTimestamp(start)
	record.SetObservedTimestamp(start + 1)
	record.SetSeverityNumber(plog.SeverityNumberWarn2)
	record.SetSeverityText("warning")
	record.SetTraceID([16]byte{1, 2, 3, 4})
	record.SetSpanID([8]byte{9, 9})
	record.SetFlags(plog.DefaultLogRecordFlags.WithIsSampled(true))
	record.Body().SetStr("upstream answered 503")
	attributes(record.Attributes())
	structured := inner.LogRecords().AppendEmpty()
	attributes(structured.Body().SetEmptyMap())
	structured.SetEventName("stock.checked")
	inner.LogRecords().AppendEmpty().SetObservedTimestamp(start + 2)
	return data
}

func main() {
	write("traces", ptraceotlp.NewExportRequestFromTraces(traces()))
	write("logs", plogotlp.NewExportRequestFromLogs(logs()))
}
