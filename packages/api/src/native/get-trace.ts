/** GET /traces/{id}: one trace as OTLP, in JSON or protobuf, with its logs when asked. */
import { type LogRecord, parseTraceReference, type TraceReference } from '@tracewright/model';
import { type Cursor, type LogSearch, NANO_MAX } from '@tracewright/query';
import { err, failure, ok, type Result } from '@tracewright/std';
import type { ApiRequest } from '../exchange.ts';
import type { RouteFailure } from '../failures.ts';
import { TRACE_LOGS_MAX } from '../limits.ts';
import { readOptions } from '../read-options.ts';
import { defineRoute, type Route } from '../route.ts';
import { NATIVE_ADDRESSES } from './addresses.ts';
import type { TraceJson } from './answers.ts';
import type { NativeContext } from './context.ts';
import { TRACE_SCHEMA } from './schemas.ts';
import { streamTracesJson, streamTracesProtobuf } from './stream-otlp.ts';

export type GetTraceInput = { readonly id: string; readonly logs?: boolean };
export type GetTraceRoute = Route<GetTraceInput, TraceJson, NativeContext>;

const PROTOBUF = 'application/x-protobuf';

export const getTrace: GetTraceRoute = defineRoute<GetTraceInput, TraceJson, NativeContext>({
  id: 'getTrace',
  address: NATIVE_ADDRESSES.getTrace,
  summary: 'One trace by its id',
  description:
    'The spans as OTLP, in order of their start. `Accept: application/x-protobuf` gives an encoded TracesData, anything else OTLP/JSON. An id of 16 digits finds every trace that ends in them. The header `x-tracewright-spans` counts the spans.',
  parameters: {
    id: {
      type: 'text',
      required: true,
      summary: 'In any spelling: 32 or 16 hex digits, upper case, dashes, or a whole `traceparent`',
      example: '4bf92f3577b34da6a3ce929d0e0e4736',
    },
    logs: { type: 'flag', summary: 'Add the log records of the trace (JSON only)' },
  },
  answer: { summary: 'The trace', json: TRACE_SCHEMA, bytes: [PROTOBUF] },
  failures: ['not-found', 'unavailable', 'deadline', 'overloaded', 'resource'],
  handle: async ({ input, request }, context) => {
    const reference = parseTraceReference(input.id);
    if (reference === undefined) {
      const message = `${JSON.stringify(input.id)} is no trace id: expected 32 or 16 hex digits, or a traceparent`;
      return err({ ...failure('invalid', message), field: 'id' });
    }
    const protobuf = prefersProtobuf(request);
    if (protobuf && input.logs === true) {
      return err({ ...failure('invalid', 'Logs come with a trace in JSON only'), field: 'logs' });
    }
    const spans = await context.reader.trace(
      { kind: 'traceLookup', tenant: context.tenant, ...reference },
      readOptions(request),
    );
    if (!spans.ok) return spans;
    if (spans.value.length === 0) return err(failure('not-found', `There is no trace ${input.id}`));
    const logs = input.logs === true ? await readLogs(reference, request, context) : ok(undefined);
    if (!logs.ok) return logs;
    return ok({
      status: 200,
      headers: {
        'content-type': protobuf ? PROTOBUF : 'application/json',
        'cache-control': 'no-store',
        'x-tracewright-spans': String(spans.value.length),
      },
      body: protobuf
        ? streamTracesProtobuf(spans.value)
        : streamTracesJson(spans.value, logs.value === undefined ? undefined : onePage(logs.value)),
    });
  },
});

function prefersProtobuf(request: ApiRequest): boolean {
  const accept = (request.header('accept') ?? '').toLowerCase();
  const at = accept.search(/application\/(?:x-)?protobuf/);
  if (at < 0) return false;
  const json = accept.indexOf('application/json');
  return json < 0 || at < json;
}

/** All records of the trace, oldest first, up to a limit; read before the answer begins, so that a failure can still be told. */
async function readLogs(
  reference: TraceReference,
  request: ApiRequest,
  context: NativeContext,
): Promise<Result<readonly LogRecord[], RouteFailure>> {
  const records: LogRecord[] = [];
  let after: Cursor | undefined;
  do {
    const search: LogSearch = {
      kind: 'logSearch',
      tenant: context.tenant,
      fromNano: 0n,
      toNano: NANO_MAX,
      where: {
        kind: 'field',
        field: 'traceId',
        operator: reference.lowOnly ? '=~' : '=',
        value: {
          type: 'string',
          value: reference.lowOnly ? `${reference.traceId.slice(16)}$` : reference.traceId,
        },
      },
      limit: 1000,
      order: 'oldest',
      ...(after === undefined ? {} : { after }),
    };
    const page = await context.reader.searchLogs(search, readOptions(request));
    if (!page.ok) return page;
    records.push(...page.value.logs);
    after = page.value.next;
  } while (after !== undefined && records.length < TRACE_LOGS_MAX);
  return ok(records);
}

async function* onePage(records: readonly LogRecord[]): AsyncGenerator<readonly LogRecord[]> {
  yield records;
}
