/**
 * Jaeger's envelope: `{"data":…,"total":0,"limit":0,"offset":0,"errors":null}`. Errors come in it too, as plain
 * text with a line break at the end, which is what its clients know.
 */
import type { Failure } from '@tracewright/std';
import type { AnswerBody, ApiAnswer } from '../exchange.ts';
import { FAILURE_STATUS, retryAfter } from '../failures.ts';
import { type GoJson, newLine, printGoJson } from './go-json-print.ts';

export type JaegerError = { readonly code?: number; readonly msg: string; readonly traceID?: string };

/** A list whose `total` is its length; Jaeger counts services and operations, and nothing else. */
export function listAnswer(data: readonly GoJson[], pretty: boolean): ApiAnswer {
  const level = pretty ? 0 : undefined;
  const envelope: GoJson = { data, total: data.length, limit: 0, offset: 0, errors: null };
  return jsonBody(printGoJson(envelope, level));
}

/** Traces in pieces; the errors are known when the traces are out. */
export async function* streamEnvelope(
  traces: AsyncIterable<Iterable<string>>,
  errors: readonly JaegerError[],
  pretty: boolean,
): AsyncGenerator<string> {
  const level = pretty ? 0 : undefined;
  const inner = pretty ? 1 : undefined;
  const deep = pretty ? 2 : undefined;
  const colon = pretty ? ': ' : ':';
  yield `{${newLine(inner)}"data"${colon}[`;
  let first = true;
  for await (const pieces of traces) {
    yield (first ? '' : ',') + newLine(deep);
    yield* pieces;
    first = false;
  }
  yield `${first ? '' : newLine(inner)}],`;
  for (const name of ['total', 'limit', 'offset']) yield `${newLine(inner)}"${name}"${colon}0,`;
  const told = errors.length === 0 ? null : errors.map(errorJson);
  yield `${newLine(inner)}"errors"${colon}${printGoJson(told, inner)}${newLine(level)}}`;
}

/** The level of a trace within the envelope. */
export const TRACE_LEVEL = 2;

export function jsonBody(body: AnswerBody): ApiAnswer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

export function errorAnswer(status: number, msg: string): ApiAnswer {
  const envelope: GoJson = {
    data: null,
    total: 0,
    limit: 0,
    offset: 0,
    errors: [errorJson({ code: status, msg })],
  };
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
    body: `${printGoJson(envelope)}\n`,
  };
}

export function failureEnvelope(failure: Failure): ApiAnswer {
  const answer = errorAnswer(FAILURE_STATUS[failure.code], failure.message);
  return { ...answer, headers: { ...answer.headers, ...retryAfter(failure.retryAfterMs) } };
}

function errorJson({ code, msg, traceID }: JaegerError): GoJson {
  return {
    ...(code === undefined ? {} : { code }),
    msg,
    ...(traceID === undefined ? {} : { traceID }),
  };
}
