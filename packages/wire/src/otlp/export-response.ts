/**
 * Encodes the answer to an OTLP export: Export{Trace,Logs,Metrics}ServiceResponse.
 *
 * A request that was accepted whole is answered by an empty message; `partial_success` is there only when
 * something was refused, and says how much and, for the first few, why.
 */
import type { Acceptance } from '@tracewright/model';
import { ProtobufWriter } from '../primitives/protobuf-writer.ts';

export type ExportSignal = 'traces' | 'logs' | 'metrics';

const REJECTED_FIELDS = {
  traces: 'rejectedSpans',
  logs: 'rejectedLogRecords',
  metrics: 'rejectedDataPoints',
} as const;
const encoder = new TextEncoder();

export function encodeExportResponse(
  signal: ExportSignal,
  acceptance: Acceptance,
  format: 'protobuf' | 'json',
): Uint8Array {
  const { rejected } = acceptance;
  const message = rejected === 0 ? '' : rejectionMessage(acceptance);
  if (format === 'json') {
    const partialSuccess = { [REJECTED_FIELDS[signal]]: String(rejected), errorMessage: message };
    return encoder.encode(rejected === 0 ? '{}' : JSON.stringify({ partialSuccess }));
  }
  const writer = new ProtobufWriter();
  if (rejected > 0) {
    const partial = writer.open(1);
    writer.unsigned(1, rejected);
    writer.string(2, message);
    writer.close(partial);
  }
  return writer.finish();
}

function rejectionMessage({ rejected, rejections }: Acceptance): string {
  const more = rejected - rejections.length;
  const told = rejections.map((rejection) => rejection.reason).join('; ');
  if (more === 0) return told;
  return told === '' ? `${rejected} refused` : `${told}; and ${more} more`;
}
