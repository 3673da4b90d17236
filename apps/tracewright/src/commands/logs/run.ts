/** Prints the newest records, oldest of them first, and with --follow goes on until Ctrl-C. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Client, LogJson } from '@tracewright/api/client';
import { parseSpanId, parseTraceReference } from '@tracewright/model';
import { ok } from '@tracewright/std';
import type { Call } from '../../cli/command.ts';
import { type Connection, connect, reportFailure, typedParameters } from '../../cli/connect.ts';
import { visible } from '../../cli/display-text.ts';
import { exitCode } from '../../cli/exit-code.ts';
import { gatherPages } from '../../cli/gather-pages.ts';
import { serviceSlots } from '../../cli/style.ts';
import { timeParameters } from '../../cli/time-flag.ts';
import { withoutUndefined } from '../../cli/without-undefined.ts';
import { explainNothing } from '../services/explain-nothing.ts';
import type { LogsOptions } from './command.ts';
import { FollowedLogs } from './follow.ts';
import { logText } from './log-text.ts';

/** What the API is asked, less the page. */
type LogQuery = Omit<Parameters<Client['searchLogs']>[0], 'limit' | 'cursor'>;

const pollIntervalMs = 500;
/** Records of one poll; more than a terminal can show in that time. */
const pollMax = 10_000;

export async function runLogs(call: Call<LogsOptions>): Promise<number> {
  const { terminal, options } = call;
  const query = queryOf(call);
  if (typeof query === 'string') {
    terminal.stderr.write(`tracewright: ${query}\n`);
    return exitCode.usage;
  }
  const startedNano = BigInt(terminal.nowMs()) * 1_000_000n;
  const server = connect(call);
  const signal = options.follow ? terminal.interrupted() : undefined;
  const found = await gather(
    server,
    { ...query, order: 'newest' },
    { limit: options.limit, cursor: options.cursor, signal },
  );
  if (!found.ok) return reportFailure(call, found.failure, typedParameters(options));
  const { items, next, failure } = found.value;
  const print = printer(call);
  const oldestFirst = items.toReversed();
  print(oldestFirst);
  if (failure !== undefined) {
    reportFailure(call, failure);
    return exitCode.partial;
  }
  if (options.follow) return follow(call, server, query, oldestFirst, startedNano, print);
  if (items.length === 0 && !options.json)
    terminal.stderr.write(`${await explainNothing(server, options.service, 'No log records match.')}\n`);
  if (next !== undefined && !options.json)
    terminal.stderr.write(`There are older ones: the same question with --cursor ${visible(next)}\n`);
  return exitCode.ok;
}

function queryOf({ terminal, options }: Call<LogsOptions>): LogQuery | string {
  const trace = options.trace === undefined ? undefined : parseTraceReference(options.trace);
  if (options.trace !== undefined && trace === undefined)
    return `${JSON.stringify(options.trace)} is no trace id`;
  const span = options.span === undefined ? trace?.spanId : parseSpanId(options.span);
  if (options.span !== undefined && span === undefined)
    return `${JSON.stringify(options.span)} is no span id`;
  const times = timeParameters(options, terminal.nowMs());
  if (!times.ok) return times.failure;
  if (options.limit === 0 && !options.follow) return '--limit 0 shows nothing without --follow';
  if (options.follow && (options.to !== undefined || options.cursor !== undefined))
    return '--follow goes on into the future: it excludes --to and --cursor';
  return withoutUndefined({
    trace: trace === undefined ? undefined : trace.lowOnly ? trace.traceId.slice(16) : trace.traceId,
    span,
    service: options.service,
    severity: options.severity,
    grep: options.grep,
    q: options.query,
    ...times.value,
  });
}

function gather(
  server: Connection,
  query: LogQuery,
  how: {
    readonly limit: number;
    readonly cursor?: string | undefined;
    readonly signal?: AbortSignal | undefined;
  },
) {
  return gatherPages<LogJson>(how.limit, how.cursor, async (limit, cursor) => {
    const answer = await server.ask(
      'logs',
      (client, options) => client.searchLogs({ ...query, ...withoutUndefined({ limit, cursor }) }, options),
      { signal: how.signal },
    );
    return answer.ok ? ok({ items: answer.value.logs, next: answer.value.next }) : answer;
  });
}

/** Services keep the slot they got first, so that colours do not change while one looks. */
function printer({ terminal, options, style }: Call<LogsOptions>): (logs: readonly LogJson[]) => void {
  const slots = new Map<string, number>();
  const slot = (service: string): number => {
    const known = slots.get(service);
    if (known !== undefined) return known;
    const found = serviceSlots([service]).get(service) ?? 0;
    slots.set(service, found);
    return found;
  };
  const textOptions = { style, utc: !terminal.stdout.isTty, slot, showTrace: options.trace === undefined };
  return (logs) => {
    for (const log of logs)
      terminal.stdout.write(`${options.json ? JSON.stringify(log) : logText(log, textOptions)}\n`);
  };
}

async function follow(
  call: Call<LogsOptions>,
  server: Connection,
  query: LogQuery,
  printed: readonly LogJson[],
  startedNano: bigint,
  print: (logs: readonly LogJson[]) => void,
): Promise<number> {
  const { terminal } = call;
  const signal = terminal.interrupted();
  const followed = new FollowedLogs(startedNano);
  followed.take(printed, startedNano);
  let isLost = false;
  let isFirst = true;
  while (!signal.aborted) {
    const found = await gather(
      server,
      { ...query, from: String(followed.from), order: 'oldest' },
      { limit: pollMax, signal },
    );
    if (signal.aborted) break;
    if (!found.ok) {
      // Only what may pass is waited for: a wrong question or token stays wrong.
      if (found.failure.retry === 'never' && found.failure.code !== 'deadline')
        return reportFailure(call, found.failure, typedParameters(call.options));
      if (!isLost) terminal.stderr.write(`tracewright: ${visible(found.failure.message)}; waiting for it\n`);
      isLost = true;
    } else {
      if (isLost) terminal.stderr.write('tracewright: the server is back\n');
      isLost = false;
      const fresh = followed.take(found.value.items, BigInt(terminal.nowMs()) * 1_000_000n);
      // What the look back of the first poll shows was there before: the limit left it out on purpose.
      print(isFirst ? fresh.filter((log) => BigInt(log.timeUnixNano) >= startedNano) : fresh);
      isFirst = false;
      await terminal.drained();
    }
    await pause(isLost ? pollIntervalMs * 4 : pollIntervalMs, undefined, { signal }).catch(() => undefined);
  }
  return exitCode.interrupted;
}
