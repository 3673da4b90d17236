/** GET /logs: log records of a trace, of a span, or by search. */
import {
  digestSearch,
  PAGE_ROWS_DEFAULT,
  PAGE_ROWS_MAX,
  printCursor,
  readLogSearch,
} from '@tracewright/query';
import { ok } from '@tracewright/std';
import { jsonAnswer } from '../exchange.ts';
import { nowNano } from '../now-nano.ts';
import { readOptions } from '../read-options.ts';
import { defineRoute, type Route } from '../route.ts';
import { NATIVE_ADDRESSES } from './addresses.ts';
import type { LogsJson } from './answers.ts';
import type { NativeContext } from './context.ts';
import { parameterFailure } from './parameter-failure.ts';
import { LOGS_SCHEMA } from './schemas.ts';
import { logJson } from './to-json.ts';

export type SearchLogsInput = {
  readonly trace?: string;
  readonly span?: string;
  readonly service?: string;
  readonly severity?: string;
  readonly grep?: string;
  readonly q?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit?: number;
  readonly cursor?: string;
  readonly order?: string;
};
export type SearchLogsRoute = Route<SearchLogsInput, LogsJson, NativeContext>;

export const searchLogs: SearchLogsRoute = defineRoute<SearchLogsInput, LogsJson, NativeContext>({
  id: 'searchLogs',
  address: NATIVE_ADDRESSES.searchLogs,
  summary: 'Log records of a trace, of a span, or by search',
  description:
    'All conditions hold together. Who follows the log asks with `order=oldest` again and again, from a little before the last time: a record may arrive after a younger one.',
  parameters: {
    trace: { type: 'text', summary: 'A trace id in any spelling' },
    span: { type: 'text', summary: 'A span id' },
    service: { type: 'text', summary: 'Name of the service' },
    severity: {
      type: 'text',
      summary: 'The least severity: trace, debug, info, warn, error, fatal, or a number from 1 to 24',
      example: 'warn',
    },
    grep: { type: 'text', summary: 'A substring of the body' },
    q: {
      type: 'text',
      summary: 'A filter: conditions in braces over body, severity, log., resource. and instrumentation.',
      example: '{ severity >= error && log.user.id = "u1" }',
    },
    from: { type: 'text', summary: 'Start of the time range, as in /search', example: '-1h' },
    to: { type: 'text', summary: 'End of the time range, as in /search' },
    limit: {
      type: 'integer',
      summary: 'Records of a page',
      min: 1,
      max: PAGE_ROWS_MAX,
      default: PAGE_ROWS_DEFAULT,
    },
    cursor: { type: 'text', summary: 'The `next` of the page before' },
    order: { type: 'text', summary: 'Which come first; newest unless said', choices: ['newest', 'oldest'] },
  },
  answer: { summary: 'A page of log records', json: LOGS_SCHEMA },
  failures: ['unavailable', 'deadline', 'overloaded', 'resource'],
  handle: async ({ input, request }, context) => {
    const read = readLogSearch(input, { tenant: context.tenant, nowNano: nowNano(context.clock) });
    if (!read.ok) return parameterFailure(read.failure);
    const page = await context.reader.searchLogs(read.value, readOptions(request));
    if (!page.ok) return page;
    const { logs, next } = page.value;
    return ok(
      jsonAnswer({
        logs: logs.map(logJson),
        ...(next === undefined ? {} : { next: printCursor(next, digestSearch(read.value)) }),
      }),
    );
  },
});
