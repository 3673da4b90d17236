/** GET /status: the accounts, the receivers, the write-ahead log and the store. */
import { ok } from '@tracewright/std';
import { jsonAnswer } from '../exchange.ts';
import { defineRoute, type Route } from '../route.ts';
import type { StatusReport } from '../status.ts';
import { NATIVE_ADDRESSES } from './addresses.ts';
import type { NativeContext } from './context.ts';
import { STATUS_SCHEMA } from './schemas.ts';

export type GetStatusInput = Readonly<Record<never, never>>;
export type GetStatusRoute = Route<GetStatusInput, StatusReport, NativeContext>;

export const getStatus: GetStatusRoute = defineRoute<GetStatusInput, StatusReport, NativeContext>({
  id: 'getStatus',
  address: NATIVE_ADDRESSES.getStatus,
  summary: 'What arrived, what became of it, and where it lies',
  parameters: {},
  answer: { summary: 'The status', json: STATUS_SCHEMA },
  handle: async (_call, { status }) => ok(jsonAnswer(await status())),
});
