/** The part of the page that says how to send and how to ask, with the addresses of this very server filled in. */
import { escapeHtml } from './html.ts';
import type { PageView } from './page-view.ts';

export function renderSend(view: PageView): string {
  return `<div class="card tabs">
${tab('sdk', 'SDK', true)}${tab('collector', 'Collector', false)}${tab('curl', 'curl', false)}${tab('ask', 'Ask', false)}
${panel('sdk', 'Set these for any program with an OpenTelemetry SDK.', sdk(view))}
${panel('collector', 'Add this exporter to the configuration of an OpenTelemetry Collector.', collector(view))}
${panel('curl', 'Send one span by hand.', curl(view))}
${panel('ask', 'Find what arrived, here or in a terminal.', ask(view))}
</div>`;
}

function tab(id: string, title: string, checked: boolean): string {
  return `<input type="radio" name="tab" id="tab-${id}"${checked ? ' checked' : ''}><label for="tab-${id}">${title}</label>`;
}

function panel(id: string, sentence: string, text: string): string {
  return `<div class="${id}"><p>${sentence}</p><div class="copy"><pre tabindex="0">${escapeHtml(text)}</pre><button type="button" hidden>Copy</button></div></div>`;
}

function sdk({ sendHttp, sendGrpc, sendNeedsToken }: PageView): string {
  return [
    `export OTEL_SERVICE_NAME=my-service`,
    `export OTEL_EXPORTER_OTLP_ENDPOINT=${sendHttp}`,
    `export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`,
    `# over gRPC: ${sendGrpc}, protocol grpc`,
    ...(sendNeedsToken ? [`export OTEL_EXPORTER_OTLP_HEADERS='authorization=Bearer%20TOKEN'`] : []),
  ].join('\n');
}

function collector({ sendHttp, sendNeedsToken }: PageView): string {
  return [
    `exporters:`,
    `  otlphttp/tracewright:`,
    `    endpoint: ${sendHttp}`,
    ...(sendNeedsToken ? [`    headers:`, `      authorization: Bearer TOKEN`] : []),
    ``,
    `service:`,
    `  pipelines:`,
    `    traces:`,
    `      receivers: [otlp]`,
    `      exporters: [otlphttp/tracewright]`,
    `    logs:`,
    `      receivers: [otlp]`,
    `      exporters: [otlphttp/tracewright]`,
  ].join('\n');
}

/** The times are filled in by the shell, the ids are made up by it. */
function curl({ sendHttp, sendNeedsToken }: PageView): string {
  return [
    `now=$(date +%s)`,
    `curl ${sendHttp}/v1/traces -H 'content-type: application/json' \\`,
    ...(sendNeedsToken ? [`  -H 'authorization: Bearer TOKEN' \\`] : []),
    `  -d '{"resourceSpans":[{"resource":{"attributes":[`,
    `    {"key":"service.name","value":{"stringValue":"by-hand"}}]},`,
    `  "scopeSpans":[{"spans":[{"name":"hello","kind":2,`,
    `    "traceId":"'$(od -An -N16 -tx1 /dev/urandom | tr -d ' \\n')'",`,
    `    "spanId":"'$(od -An -N8 -tx1 /dev/urandom | tr -d ' \\n')'",`,
    `    "startTimeUnixNano":"'$now'000000000",`,
    `    "endTimeUnixNano":"'$now'250000000"}]}]}]}'`,
  ].join('\n');
}

function ask({ origin }: PageView): string {
  return [
    `# in the terminal`,
    `tracewright search '{ duration > 100ms }'`,
    `tracewright trace ID`,
    `tracewright logs --follow`,
    ``,
    `# with the native API`,
    `curl -G ${origin}/api/tracewright/v1/search \\`,
    `  --data-urlencode 'q={ status = error && resource.service.name = "by-hand" }'`,
    ``,
    `# with Jaeger's API`,
    `curl -G ${origin}/api/traces --data-urlencode 'service=by-hand'`,
  ].join('\n');
}
