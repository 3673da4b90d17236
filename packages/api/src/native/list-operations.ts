/** GET /operations: names and kinds of spans, of one service or of all. */
import { ok } from '@tracewright/std';
import { jsonAnswer } from '../exchange.ts';
import { readOptions } from '../read-options.ts';
import { defineRoute, type Route } from '../route.ts';
import { NATIVE_ADDRESSES } from './addresses.ts';
import type { OperationsJson } from './answers.ts';
import type { NativeContext } from './context.ts';
import { OPERATIONS_SCHEMA } from './schemas.ts';
import { kindName } from './to-json.ts';

export type ListOperationsInput = { readonly service?: string };
export type ListOperationsRoute = Route<ListOperationsInput, OperationsJson, NativeContext>;

export const listOperations: ListOperationsRoute = defineRoute<
  ListOperationsInput,
  OperationsJson,
  NativeContext
>({
  id: 'listOperations',
  address: NATIVE_ADDRESSES.listOperations,
  summary: 'Operations, sorted by service, name and kind',
  parameters: { service: { type: 'text', summary: 'Name of the service; all services without it' } },
  answer: { summary: 'The operations', json: OPERATIONS_SCHEMA },
  failures: ['unavailable', 'deadline'],
  handle: async ({ input, request }, { reader, tenant }) => {
    const operations = await reader.operations(tenant, input.service, readOptions(request));
    if (!operations.ok) return operations;
    return ok(
      jsonAnswer({
        operations: operations.value.map(({ service, name, kind }) => ({
          service,
          name,
          kind: kindName(kind),
        })),
      }),
    );
  },
});
