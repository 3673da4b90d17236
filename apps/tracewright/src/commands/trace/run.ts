/** Asks for the trace and prints it. */
import { parseSpanId, parseTraceReference } from '@tracewright/model';
import type { Call } from '../../cli/command.ts';
import { connect, reportFailure } from '../../cli/connect.ts';
import { exitCode } from '../../cli/exit-code.ts';
import { hasUnicode } from '../../cli/terminal.ts';
import type { TraceOptions } from './command.ts';
import { spanLines } from './span-details.ts';
import { readTraces } from './view.ts';
import { renderWaterfall } from './waterfall.ts';

export async function runTrace(call: Call<TraceOptions>): Promise<number> {
  const { terminal, options, style } = call;
  const text = call.arguments[0] ?? '';
  const reference = parseTraceReference(text);
  if (reference === undefined)
    return mistake(call, `${JSON.stringify(text)} is no trace id`, 'up to 32 hex digits');
  const span = options.span === undefined ? undefined : parseSpanId(options.span);
  if (options.span !== undefined && span === undefined)
    return mistake(call, `${JSON.stringify(options.span)} is no span id`, 'up to 16 hex digits');

  // A short id goes out as it was given: the server then also finds traces with another high half.
  const id = reference.lowOnly ? reference.traceId.slice(16) : reference.traceId;
  const answer = await connect(call).ask('resourceSpans', (client, how) =>
    client.getTrace(options.noLogs ? { id } : { id, logs: true }, how),
  );
  if (!answer.ok) {
    const { failure } = answer;
    const hint = failure.code === 'not-found' ? lengthHint(text) : '';
    return reportFailure(call, { ...failure, message: failure.message + hint });
  }
  if (options.json) {
    terminal.stdout.write(`${JSON.stringify(answer.value)}\n`);
    return exitCode.ok;
  }
  const views = readTraces(answer.value);
  const highlight = span ?? reference.spanId;
  const isTty = terminal.stdout.isTty;
  for (const [i, view] of views.entries()) {
    const lines = renderWaterfall(view, {
      width: terminal.stdout.columns,
      style,
      unicode: hasUnicode(terminal.env),
      utc: !isTty,
      all: options.all,
      logs: !options.noLogs,
      highlight,
    });
    terminal.stdout.write(`${i === 0 ? '' : '\n'}${lines.join('\n')}\n`);
    if (span === undefined) continue;
    for (const found of view.spans.filter((one) => one.id === span))
      terminal.stdout.write(`\n${spanLines(found, { style, utc: !isTty }).join('\n')}\n`);
  }
  if (highlight !== undefined && !views.some((view) => view.spans.some((one) => one.id === highlight))) {
    terminal.stderr.write(`tracewright: span ${highlight} is not in this trace\n`);
    if (span !== undefined) return exitCode.failure;
  }
  return exitCode.ok;
}

/** Zeros at the front may be left out, so a short id is only suspected once nothing is found. */
function lengthHint(text: string): string {
  const { length } = text;
  return /^[\da-f]+$/i.test(text) && length !== 16 && length !== 32
    ? `; ids are 32 or 16 digits; this has ${length}`
    : '';
}

function mistake({ terminal }: Pick<Call, 'terminal'>, what: string, expected: string): number {
  terminal.stderr.write(
    `tracewright: ${what}; expected ${expected}, a traceparent, or 1-8-24 digits as X-Ray writes them\n`,
  );
  return exitCode.usage;
}
