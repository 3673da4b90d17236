/** GET /api/traces/{id}. The time hints `start` and `end` are checked and not needed. */
import { readJaegerFlag, readJaegerTraceId, readMicros } from '@tracewright/query';
import { HEAD_BYTES } from '../limits.ts';
import { readOptions } from '../read-options.ts';
import { isPretty, type JaegerRoute } from './context.ts';
import { errorAnswer, failureEnvelope, jsonBody, streamEnvelope } from './envelope.ts';
import { printSpans } from './read-traces.ts';

export const getTrace: JaegerRoute = {
  address: { method: 'GET', path: '/api/traces/{traceID}' },
  handle: async (request, path, context) => {
    const id = readJaegerTraceId(path['traceID'] ?? '');
    if (!id.ok) return errorAnswer(400, id.failure);
    for (const name of ['start', 'end']) {
      const hint = readMicros(request.query, name);
      if (!hint.ok) return errorAnswer(400, hint.failure);
    }
    const raw = readJaegerFlag(request.query, 'raw');
    if (!raw.ok) return errorAnswer(400, raw.failure);
    const { traceId } = id.value;
    if (traceId === undefined) return errorAnswer(404, 'trace not found');
    const spans = await context.reader.trace(
      { kind: 'traceLookup', tenant: context.tenant, traceId, lowOnly: false },
      { ...readOptions(request), spanBytes: HEAD_BYTES },
    );
    if (!spans.ok) return failureEnvelope(spans.failure);
    if (spans.value.length === 0) return errorAnswer(404, 'trace not found');
    const pretty = isPretty(request);
    const printed = await printSpans(spans.value, raw.value, pretty, context);
    return jsonBody(streamEnvelope(one(printed), [], pretty));
  },
};

async function* one<T>(value: T): AsyncGenerator<T> {
  yield value;
}
