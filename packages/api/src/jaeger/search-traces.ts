/** GET /api/traces: a search, or several traces by their ids. */
import { readJaegerSearch } from '@tracewright/query';
import { nowNano } from '../now-nano.ts';
import { isPretty, type JaegerRoute } from './context.ts';
import { errorAnswer, failureEnvelope, type JaegerError, jsonBody, streamEnvelope } from './envelope.ts';
import { prime, printFoundTraces, printTracesById } from './read-traces.ts';
import { jaegerTraceId } from './trace-json.ts';

export const searchTraces: JaegerRoute = {
  address: { method: 'GET', path: '/api/traces' },
  handle: async (request, _path, context) => {
    const read = readJaegerSearch(request.query, { tenant: context.tenant, nowNano: nowNano(context.clock) });
    if (!read.ok) return errorAnswer(400, read.failure);
    const { plan, raw, traceIds } = read.value;
    const pretty = isPretty(request);
    // Filled while the traces stream, and told after them.
    const errors: JaegerError[] = [];
    const miss = (hex: string): void => {
      errors.push({ msg: 'trace not found', traceID: jaegerTraceId(hex) });
    };
    const ids = traceIds.flatMap(({ hex, traceId }) => {
      if (traceId === undefined) miss(hex);
      return traceId ?? [];
    });
    const traces = await prime(
      traceIds.length > 0
        ? printTracesById(ids, { raw, pretty, onMissing: miss }, request, context)
        : printFoundTraces(plan, raw, pretty, request, context),
    );
    if (!traces.ok) return failureEnvelope(traces.failure);
    return jsonBody(streamEnvelope(traces.value, errors, pretty));
  },
};
