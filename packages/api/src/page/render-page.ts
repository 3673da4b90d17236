/** The page as HTML: what arrived, how to send, and which ports are open, in one self-contained document. */
import type { TraceHit } from '@tracewright/storage';
import type { ReceiverStatus, StatusReport } from '../status.ts';
import { assignColours, type Colours, escapeHtml, printAgo, printCount, printSpanOfTime } from './html.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { PAGE_STYLE } from './page-style.ts';
import type { PageView } from './page-view.ts';
import { renderSend } from './render-send.ts';

const MARK = `<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" aria-hidden="true"><path d="M3 5h14M7 12h14M7 12V8.5M11 19h7M11 19v-3.5"/></svg>`;
const ICON =
  'data:image/svg+xml,' +
  encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#0f8a80" stroke-width="2.6" stroke-linecap="round"><path d="M3 5h14M7 12h14M7 12V8.5M11 19h7M11 19v-3.5"/></svg>`,
  );

export function renderPage(view: PageView): string {
  const { status, services, traces } = view;
  const colours = assignColours(services ?? []);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tracewright</title>
<link rel="icon" href="${ICON}">
<style>${PAGE_STYLE}</style>
</head>
<body>
<div class="page">
<header>${MARK}<span class="name">Tracewright</span>
<span class="pill" role="status" data-live="state" data-state="${status.ready ? 'ready' : 'starting'}">${status.ready ? 'Ready' : 'Starting'}</span>
</header>
<main>
<div class="hero">
<h1 data-live="headline">${escapeHtml(headline(view))}</h1>
<p class="lead"><span data-live="session">${escapeHtml(session(status))}</span> Everything that was acknowledged is kept in <code>${escapeHtml(status.dataPath)}</code>.</p>
</div>
<div class="card rate">
<p><span>Spans arriving, last minute</span> <b data-live="rate">0 / s</b></p>
<svg viewBox="0 0 600 80" preserveAspectRatio="none" aria-hidden="true"><path class="area" d=""/><path class="line" d=""/></svg>
</div>
<dl class="card tiles">
${tile('Spans stored', 'spans-stored', printCount(status.accounts.spans.stored))}
${tile('Log records stored', 'logs-stored', printCount(status.accounts.logs.stored))}
${tile('Waiting', 'waiting', printCount(status.accounts.spans.inFlight + status.accounts.logs.inFlight))}
${tile('Lag', 'lag', printSpanOfTime(BigInt(Math.round(status.lagMs)) * 1_000_000n))}
${rejectedTile(status)}
</dl>
${notes(status)}
<div class="columns">
<div>
<section aria-labelledby="services"><h2 id="services">Services <small data-live="service-count">${services === undefined || services.length === 0 ? '' : printCount(services.length)}</small></h2>
<ul class="chips" data-live="services">${serviceItems(services, colours)}</ul>
</section>
<section aria-labelledby="send"><h2 id="send">Send and ask</h2>
${renderSend(view)}
</section>
</div>
<section aria-labelledby="traces"><h2 id="traces">Newest traces</h2>
<ul class="card rows" data-live="traces">${traceItems(traces, colours, view.nowMs)}</ul>
</section>
</div>
<section aria-labelledby="ports"><h2 id="ports">Ports</h2>
<div class="card scroll"><table>
<thead><tr><th scope="col">Receiver</th><th scope="col">Address</th><th scope="col" class="number">Requests</th><th scope="col" class="number">Accepted</th><th scope="col">State</th></tr></thead>
<tbody>${status.receivers.map(receiverRow).join('')}</tbody>
</table></div>
</section>
</main>
<footer>
<a href="api/tracewright/v1/openapi.json">API description</a>
<a href="api/tracewright/v1/status">Status as JSON</a>
<a href="api/services">Jaeger’s API</a>
<span>Version ${escapeHtml(status.version)}</span>
</footer>
</div>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

function headline({ status, services }: PageView): string {
  if (services === undefined) return status.ready ? 'The store does not answer' : 'The store is starting';
  if (services.length === 0) return 'Nothing has arrived yet';
  return `${plural(services.length, 'service is', 'services are')} on record`;
}

function session({ accounts }: StatusReport): string {
  const spans = plural(accounts.spans.received, 'span', 'spans');
  const logs = plural(accounts.logs.received, 'log record', 'log records');
  return `Since this start, ${spans} and ${logs} arrived.`;
}

function plural(count: number, one: string, many: string): string {
  return `${printCount(count)} ${count === 1 ? one : many}`;
}

function tile(title: string, live: string, text: string, className: string = ''): string {
  const attribute = className === '' ? '' : ` class="${className}"`;
  return `<div${attribute}><dt>${title}</dt><dd data-live="${live}">${escapeHtml(text)}</dd></div>`;
}

function rejectedTile({ accounts }: StatusReport): string {
  const rejected = accounts.spans.rejected + accounts.logs.rejected;
  return tile('Rejected', 'rejected', printCount(rejected), rejected > 0 ? 'bad' : '');
}

/** What a person should know and would not look for: refusals, quarantine, metrics that go nowhere. */
function notes({ accounts, wal }: StatusReport): string {
  const lines = [
    ...accounts.rejectedByReason.map(
      ({ signal, receiver, reason, count }) =>
        `${receiver} rejected ${printCount(count)} of its ${signal}: ${reason}`,
    ),
    ...wal.quarantined.map(
      ({ segment, reason, rows }) =>
        `Segment ${segment} with ${plural(rows, 'row', 'rows')} is in quarantine: ${reason}`,
    ),
    ...(accounts.discarded.metricsRequests > 0
      ? [
          `${plural(accounts.discarded.metricsRequests, 'request', 'requests')} with metrics accepted and discarded: metrics are not kept here`,
        ]
      : []),
  ];
  if (lines.length === 0) return '';
  return `<ul class="card notes">${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`;
}

function serviceItems(services: readonly string[] | undefined, colours: Colours): string {
  if (services === undefined) return '<li class="empty">The store cannot say yet.</li>';
  if (services.length === 0) return '<li class="empty">Waiting for the first one.</li>';
  return services
    .map((name) => {
      const href = `api/tracewright/v1/search?service=${encodeURIComponent(name.toWellFormed())}`;
      const shown = name === '' ? '(without a name)' : name;
      return `<li><a href="${escapeHtml(href)}"><i class="c${colours(name)}"></i>${escapeHtml(shown)}</a></li>`;
    })
    .join('');
}

function traceItems(traces: readonly TraceHit[] | undefined, colours: Colours, nowMs: number): string {
  if (traces === undefined) return '<li class="empty">The store cannot say yet.</li>';
  if (traces.length === 0) return '<li class="empty">Waiting for the first one.</li>';
  return traces.map((trace) => traceItem(trace, colours, nowMs)).join('');
}

function traceItem(trace: TraceHit, colours: Colours, nowMs: number): string {
  const startMs = Number(trace.startUnixNano / 1_000_000n);
  const errors =
    trace.errors === 0
      ? ''
      : ` · <span class="failed">${escapeHtml(plural(trace.errors, 'error', 'errors'))}</span>`;
  return `<li><a href="api/tracewright/v1/traces/${escapeHtml(trace.traceId)}"><i class="c${colours(trace.rootService)}"></i><span class="what">${escapeHtml(trace.rootName)} <span>${escapeHtml(trace.rootService)}</span></span><span class="took">${escapeHtml(printSpanOfTime(trace.durationNano))}</span><span class="more"><time datetime="${new Date(startMs).toISOString()}">${escapeHtml(printAgo(nowMs - startMs))}</time> · ${escapeHtml(plural(trace.spans, 'span', 'spans'))}${errors}</span></a></li>`;
}

function receiverRow(receiver: ReceiverStatus): string {
  const id = escapeHtml(receiver.id);
  const state = receiver.listening
    ? '<td>listening</td>'
    : `<td class="error">not listening${receiver.error === undefined ? '' : `: ${escapeHtml(receiver.error)}`}</td>`;
  return `<tr><td>${id}</td><td><code>${escapeHtml(receiver.endpoint)}</code></td><td class="number" data-live="requests ${id}">${printCount(receiver.requests)}</td><td class="number" data-live="accepted ${id}">${printCount(receiver.accepted)}</td>${state}</tr>`;
}
