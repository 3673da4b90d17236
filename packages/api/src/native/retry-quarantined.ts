/** POST /quarantine/{segment}/retry: gives a segment that the engine refused another chance. */
import { err, ok } from '@tracewright/std';
import { jsonAnswer } from '../exchange.ts';
import { defineRoute, type Route } from '../route.ts';
import type { Schema } from '../schema.ts';
import { NATIVE_ADDRESSES } from './addresses.ts';
import type { NativeContext } from './context.ts';

export type RetryQuarantinedInput = { readonly segment: string };
export type RetryQuarantinedJson = { readonly segment: string };
export type RetryQuarantinedRoute = Route<RetryQuarantinedInput, RetryQuarantinedJson, NativeContext>;

const SCHEMA: Schema<RetryQuarantinedJson> = {
  type: 'object',
  properties: { segment: { type: 'string' } },
  required: ['segment'],
};

export const retryQuarantined: RetryQuarantinedRoute = defineRoute<
  RetryQuarantinedInput,
  RetryQuarantinedJson,
  NativeContext
>({
  id: 'retryQuarantined',
  address: NATIVE_ADDRESSES.retryQuarantined,
  summary: 'Try a quarantined segment again',
  parameters: { segment: { type: 'text', required: true, summary: 'Its name, as the status shows it' } },
  answer: { status: 202, summary: 'It is queued; the status shows what becomes of it', json: SCHEMA },
  failures: ['not-found', 'unavailable'],
  handle: async ({ input }, context) => {
    const queued = await context.retryQuarantined(input.segment);
    return queued.ok ? ok(jsonAnswer({ segment: input.segment }, 202)) : err(queued.failure);
  },
});
