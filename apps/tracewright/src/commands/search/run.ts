/** Asks, and prints a table with the id that `tracewright trace` takes. */
import type { SpanHitJson, TraceHitJson } from '@tracewright/api/client';
import { ok, type Result } from '@tracewright/std';
import type { Call } from '../../cli/command.ts';
import { type Connection, connect, reportFailure, typedParameters } from '../../cli/connect.ts';
import { visible } from '../../cli/display-text.ts';
import { exitCode } from '../../cli/exit-code.ts';
import { type Gathered, gatherPages, type Page } from '../../cli/gather-pages.ts';
import { serviceSlots } from '../../cli/style.ts';
import { timeParameters } from '../../cli/time-flag.ts';
import { durationText, nanoOf } from '../../cli/time-text.ts';
import { withoutUndefined } from '../../cli/without-undefined.ts';
import { explainNothing } from '../services/explain-nothing.ts';
import type { SearchOptions } from './command.ts';
import { type HitColumn, hitTable } from './hit-table.ts';

export async function runSearch(call: Call<SearchOptions>): Promise<number> {
  const { options, terminal } = call;
  const wrong = contradiction(call);
  const times = timeParameters(options, terminal.nowMs());
  if (wrong !== undefined || !times.ok) {
    terminal.stderr.write(`tracewright: ${wrong ?? (times.ok ? '' : times.failure)}\n`);
    return exitCode.usage;
  }
  const query = withoutUndefined({
    q: options.query,
    service: options.service,
    name: options.name,
    kind: options.kind,
    status: options.errors ? 'error' : options.status,
    minDuration: options.minDuration,
    maxDuration: options.maxDuration,
    tag: options.tag.length === 0 ? undefined : options.tag,
    ...times.value,
  });
  const server = connect(call);
  const page = (of: 'traces' | 'spans', limit: number, cursor: string | undefined) =>
    server.ask(of, (client, how) =>
      client.search({ ...query, of, ...withoutUndefined({ limit, cursor }) }, how),
    );
  if (options.spans) {
    const found = await gatherPages(options.limit, options.cursor, async (limit, cursor) =>
      toPage(await page('spans', limit, cursor), (answer) => answer.spans),
    );
    return finish(call, server, found, 'spans', spanTable);
  }
  const found = await gatherPages(options.limit, options.cursor, async (limit, cursor) =>
    toPage(await page('traces', limit, cursor), (answer) => answer.traces),
  );
  return finish(call, server, found, 'traces', traceTable);
}

function contradiction({ options }: Call<SearchOptions>): string | undefined {
  if (options.errors && options.status !== undefined && options.status !== 'error')
    return `--errors and --status ${options.status} exclude each other`;
  const tag = options.tag.find((text) => text === '' || text.startsWith('='));
  return tag === undefined ? undefined : `--tag cannot be ${JSON.stringify(tag)}; expected key=value, or key`;
}

function toPage<A extends { readonly next?: string }, T>(
  answer: Result<A>,
  itemsOf: (answer: A) => readonly T[] | undefined,
): Result<Page<T>> {
  return answer.ok ? ok({ items: itemsOf(answer.value) ?? [], next: answer.value.next }) : answer;
}

async function finish<T>(
  call: Call<SearchOptions>,
  server: Connection,
  found: Result<Gathered<T>>,
  what: 'traces' | 'spans',
  table: (items: readonly T[], call: Call<SearchOptions>) => string,
): Promise<number> {
  const { terminal, options } = call;
  const typed = typedParameters(options);
  if (!found.ok) return reportFailure(call, found.failure, typed);
  const { items, next, failure } = found.value;
  if (options.json) {
    terminal.stdout.write(`${JSON.stringify({ [what]: items, ...(next === undefined ? {} : { next }) })}\n`);
  } else if (items.length === 0) {
    terminal.stderr.write(`${await explainNothing(server, options.service, `No ${what} match.`)}\n`);
  } else {
    terminal.stdout.write(table(items, call));
    if (next !== undefined && failure === undefined)
      terminal.stderr.write(`There are more: the same search with --cursor ${visible(next)}\n`);
  }
  if (failure === undefined) return exitCode.ok;
  reportFailure(call, failure, typed);
  return exitCode.partial;
}

function traceTable(traces: readonly TraceHitJson[], call: Call<SearchOptions>): string {
  const { style, terminal } = call;
  const slots = serviceSlots(traces.flatMap((trace) => trace.services.map((service) => service.name)));
  const painted = (name: string): string => style.service(slots.get(name) ?? 0, visible(name));
  const hits = traces.map((trace) => ({
    startNano: nanoOf(trace.startUnixNano),
    cells: [
      durationText(nanoOf(trace.durationNano)),
      String(trace.spans),
      trace.errors === 0 ? '' : style.error(String(trace.errors)),
      trace.rootName === '' && trace.rootService === ''
        ? style.dim('(root not here)')
        : `${painted(trace.rootService)} ${visible(trace.rootName)}`,
      String(trace.services.length),
    ],
    ids: [visible(trace.traceId)],
  }));
  const columns: readonly HitColumn[] = [
    { title: 'DURATION', right: true },
    { title: 'SPANS', right: true, unit: 'spans' },
    { title: 'ERRORS', right: true, unit: 'errors' },
    { title: 'ROOT', cut: true },
    { title: 'SERVICES', right: true, optional: true },
  ];
  return hitTable({ columns, idTitles: ['TRACE'], hits }, call, { nowMs: terminal.nowMs() });
}

function spanTable(spans: readonly SpanHitJson[], call: Call<SearchOptions>): string {
  const { style, terminal } = call;
  const slots = serviceSlots(spans.map((span) => span.service));
  const hits = spans.map((span) => ({
    startNano: nanoOf(span.startUnixNano),
    cells: [
      durationText(nanoOf(span.durationNano)),
      span.status === 'error' ? style.error('error') : visible(span.status),
      visible(span.kind),
      style.service(slots.get(span.service) ?? 0, visible(span.service)),
      visible(span.name),
    ],
    ids: [visible(span.traceId), visible(span.spanId)],
  }));
  const columns: readonly HitColumn[] = [
    { title: 'DURATION', right: true },
    { title: 'STATUS' },
    { title: 'KIND', optional: true },
    { title: 'SERVICE', cut: true },
    { title: 'NAME', cut: true },
  ];
  return hitTable({ columns, idTitles: ['TRACE', 'SPAN'], hits }, call, { nowMs: terminal.nowMs() });
}
