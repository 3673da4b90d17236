/**
 * OTLP's answers over HTTP: export responses and google.rpc.Status, in the encoding of the request. Where the
 * request did not say in which encoding it speaks, plain text stands in, worded as senders know it from the
 * OpenTelemetry Collector.
 */
import { type Answer, BEARER_CHALLENGE, textAnswer } from '@tracewright/http';
import type { Acceptance } from '@tracewright/model';
import type { Signal } from '@tracewright/pipeline';
import type { Failure } from '@tracewright/std';
import { encodeExportResponse, encodeRpcStatus } from '@tracewright/wire';
import { ACCEPTED_CODINGS } from './content-coding.ts';
import { otlpStatus, retryAfterSeconds } from './failure-status.ts';

export type Encoding = 'protobuf' | 'json';

const CONTENT_TYPE: Readonly<Record<Encoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** The encoding that a Content-Type names, with or without parameters; undefined for any other. */
export function encodingOf(contentType: string | undefined): Encoding | undefined {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  if (type === CONTENT_TYPE.protobuf) return 'protobuf';
  return type === CONTENT_TYPE.json ? 'json' : undefined;
}

export function accepted(signal: Signal, acceptance: Acceptance, encoding: Encoding): Answer {
  return message(200, encoding, encodeExportResponse(signal, acceptance, encoding));
}

/** Nothing in it: every export response of proto3 without rejections is the same. */
export function acceptedWhole(encoding: Encoding): Answer {
  return message(200, encoding, encoding === 'json' ? '{}' : '');
}

export function refused(failure: Failure, encoding: Encoding | undefined): Answer {
  const { grpc, http, retryAfterMs } = otlpStatus(failure);
  const headers: Record<string, string> = {};
  if (retryAfterMs !== undefined) headers['Retry-After'] = retryAfterSeconds(retryAfterMs);
  if (http === 401) headers['WWW-Authenticate'] = BEARER_CHALLENGE;
  // RFC 9110: says which codings would have been understood.
  if (http === 415) headers['Accept-Encoding'] = ACCEPTED_CODINGS;
  if (encoding === undefined) return textAnswer(http, failure.message, headers);
  return message(http, encoding, encodeRpcStatus(grpc, failure.message, retryAfterMs, encoding), headers);
}

export function methodNotAllowed(): Answer {
  return textAnswer(405, '405 method not allowed, supported: [POST]', { Allow: 'POST, OPTIONS' });
}

export function unsupportedMediaType(): Answer {
  return textAnswer(
    415,
    '415 unsupported media type, supported: [application/json, application/x-protobuf]',
    { Accept: 'application/json, application/x-protobuf' },
  );
}

function message(
  status: number,
  encoding: Encoding,
  body: Uint8Array | string,
  headers: Record<string, string> = {},
): Answer {
  return { status, headers: { 'Content-Type': CONTENT_TYPE[encoding], ...headers }, body };
}
