// Understands what an OTLP receiver answers: partial success in protobuf or JSON, the status of an error, and
// how long to wait (`Retry-After` over HTTP, `RetryInfo` over gRPC).

import type { Outcome } from './outcome.ts';
import { lastField, readFields } from './protobuf-reader.ts';

/** Statuses after which an OTLP sender may send the same again. */
const HTTP_LATER: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** CANCELLED, DEADLINE_EXCEEDED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS; RESOURCE_EXHAUSTED only with RetryInfo. */
const GRPC_LATER: ReadonlySet<number> = new Set([1, 4, 10, 11, 14, 15]);
const GRPC_RESOURCE_EXHAUSTED = 8;

export type HttpAnswer = {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
};

export function outcomeOfHttp(answer: HttpAnswer, nowMs: number): Outcome {
  const json = (answer.headers.get('content-type') ?? '').includes('json');
  if (answer.status >= 200 && answer.status < 300) {
    return json ? jsonSuccess(answer.body) : protobufSuccess(answer.body);
  }
  const status = String(answer.status);
  const message = json ? jsonMessage(answer.body) : statusMessage(answer.body);
  if (!HTTP_LATER.has(answer.status)) return { kind: 'failed', status, message };
  const retryAfterMs = parseRetryAfter(answer.headers.get('retry-after'), nowMs);
  return { kind: 'refused', status, message, retryAfterMs };
}

/** `details` is the decoded `grpc-status-details-bin` trailer, a google.rpc.Status. */
export function outcomeOfGrpc(
  code: number,
  message: string,
  details: Buffer | undefined,
  body: Buffer,
): Outcome {
  if (code === 0) return protobufSuccess(body);
  const retryAfterMs = details === undefined ? undefined : retryInfoMs(details);
  const status = String(code);
  const later = GRPC_LATER.has(code) || (code === GRPC_RESOURCE_EXHAUSTED && retryAfterMs !== undefined);
  return later ? { kind: 'refused', status, message, retryAfterMs } : { kind: 'failed', status, message };
}

/** Seconds or an HTTP date; undefined where it is neither. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1_000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

/** ExportTraceServiceResponse: field 1 partial_success with 1 rejected_spans and 2 error_message. */
function protobufSuccess(body: Buffer): Outcome {
  const partial = lastField(readFields(body) ?? [], 1);
  const fields = partial === undefined ? [] : (readFields(partial.bytes) ?? []);
  return {
    kind: 'accepted',
    rejectedSpans: lastField(fields, 1)?.number ?? 0,
    message: lastField(fields, 2)?.bytes.toString('utf8') ?? '',
  };
}

function jsonSuccess(body: Buffer): Outcome {
  const partial = member(parseJson(body), 'partialSuccess');
  const rejected = Number(member(partial, 'rejectedSpans') ?? 0);
  const message = member(partial, 'errorMessage');
  return {
    kind: 'accepted',
    rejectedSpans: Number.isFinite(rejected) ? rejected : 0,
    message: typeof message === 'string' ? message : '',
  };
}

function jsonMessage(body: Buffer): string {
  const message = member(parseJson(body), 'message');
  return typeof message === 'string' ? message : body.toString('utf8', 0, 200);
}

/** A google.rpc.Status has its message in field 2; other servers answer plain text. */
function statusMessage(body: Buffer): string {
  const message = lastField(readFields(body) ?? [], 2)?.bytes;
  return (message ?? body).toString('utf8', 0, 200);
}

/** google.rpc.Status.details (3) holds Any {1 type_url, 2 value}; RetryInfo.retry_delay (1) is {1 seconds, 2 nanos}. */
function retryInfoMs(details: Buffer): number | undefined {
  for (const detail of readFields(details) ?? []) {
    if (detail.field !== 3) continue;
    const any = readFields(detail.bytes) ?? [];
    const type = lastField(any, 1)?.bytes.toString('utf8') ?? '';
    if (!type.endsWith('google.rpc.RetryInfo')) continue;
    const delay = lastField(readFields(lastField(any, 2)?.bytes ?? Buffer.alloc(0)) ?? [], 1);
    const parts = readFields(delay?.bytes ?? Buffer.alloc(0)) ?? [];
    return (lastField(parts, 1)?.number ?? 0) * 1_000 + (lastField(parts, 2)?.number ?? 0) / 1_000_000;
  }
  return undefined;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
