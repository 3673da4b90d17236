/**
 * The operations of a service: `GET /api/operations` with kinds, and the older
 * `GET /api/services/{service}/operations` with names alone.
 */

import { SPAN_KINDS } from '@tracewright/model';
import { EMPTY_SPAN_NAME } from '@tracewright/query';
import type { Result } from '@tracewright/std';
import type { Operation } from '@tracewright/storage';
import type { ApiRequest } from '../exchange.ts';
import { readOptions } from '../read-options.ts';
import { isPretty, type JaegerContext, type JaegerRoute } from './context.ts';
import { errorAnswer, failureEnvelope, listAnswer } from './envelope.ts';

export const listOperations: JaegerRoute = {
  address: { method: 'GET', path: '/api/operations' },
  handle: async (request, _path, context) => {
    const service = request.query.get('service') ?? '';
    if (service === '') return errorAnswer(400, "parameter 'service' is required");
    const operations = await readOperations(service, request, context);
    if (!operations.ok) return failureEnvelope(operations.failure);
    const wanted = request.query.get('spanKind') ?? '';
    const seen = new Map<string, { name: string; spanKind: string }>();
    for (const { name, kind } of operations.value) {
      const word = kind === 0 ? '' : (SPAN_KINDS[kind] ?? '');
      if (wanted !== '' && wanted !== word) continue;
      const operation = { name: shownName(name), spanKind: word };
      seen.set(`${word} ${operation.name}`, operation);
    }
    return listAnswer([...seen.values()], isPretty(request));
  },
};

export const listOperationNames: JaegerRoute = {
  address: { method: 'GET', path: '/api/services/{service}/operations' },
  handle: async (request, path, context) => {
    const operations = await readOperations(unescapeQuery(path['service'] ?? ''), request, context);
    if (!operations.ok) return failureEnvelope(operations.failure);
    const names = operations.value.map(({ name }) => shownName(name));
    return listAnswer([...new Set(names)].sort(), isPretty(request));
  },
};

function readOperations(
  service: string,
  request: ApiRequest,
  { reader, tenant }: JaegerContext,
): Promise<Result<readonly Operation[]>> {
  return reader.operations(tenant, service, readOptions(request));
}

function shownName(name: string): string {
  return name === '' ? EMPTY_SPAN_NAME : name;
}

/** The router has decoded the part once; Jaeger decodes it again, as a piece of a query. */
function unescapeQuery(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
