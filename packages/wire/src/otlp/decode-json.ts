/**
 * Decodes OTLP/JSON requests into columns: by way of protobuf, with the refusals told in the words of the
 * JSON that was sent.
 */
import type { Acceptance, RecordBatch } from '@tracewright/model';
import { ok, type Result } from '@tracewright/std';
import { decodeOtlpLogs } from './decode-logs.ts';
import { decodeOtlpTraces } from './decode-traces.ts';
import type { IngestContext } from './ingest-context.ts';
import { translateJson } from './json-to-protobuf.ts';

/** On an error nothing of the request stays in the batch. */
export function decodeOtlpTracesJson(
  json: Uint8Array,
  batch: RecordBatch,
  context: IngestContext,
): Result<Acceptance> {
  const translated = translateJson('traces', json);
  if (!translated.ok) return translated;
  const { protobuf, refusals } = translated.value;
  const decoded = decodeOtlpTraces(protobuf, batch, context);
  if (!decoded.ok || refusals.size === 0) return decoded;
  const rejections = decoded.value.rejections.map((rejection) => {
    const reason = refusals.get(rejection.index);
    if (reason === undefined) return rejection;
    return {
      ...rejection,
      kind: 'id-not-hex' as const,
      reason: `Cannot accept span ${rejection.index}: ${reason}`,
    };
  });
  return ok({ ...decoded.value, rejections });
}

/** On an error nothing of the request stays in the batch. */
export function decodeOtlpLogsJson(
  json: Uint8Array,
  batch: RecordBatch,
  context: IngestContext,
): Result<Acceptance> {
  const translated = translateJson('logs', json);
  return translated.ok ? decodeOtlpLogs(translated.value.protobuf, batch, context) : translated;
}
