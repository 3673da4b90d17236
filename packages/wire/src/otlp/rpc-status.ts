/**
 * Encodes google.rpc.Status, the body of every OTLP answer that is not a success, with a RetryInfo detail
 * when the sender is told how long to wait.
 */
import { ProtobufWriter } from '../primitives/protobuf-writer.ts';

const RETRY_INFO_TYPE = 'type.googleapis.com/google.rpc.RetryInfo';
const encoder = new TextEncoder();

/** `code` is a gRPC status code; `retryAfterMs` undefined leaves out the detail. */
export function encodeRpcStatus(
  code: number,
  message: string,
  retryAfterMs: number | undefined,
  format: 'protobuf' | 'json',
): Uint8Array {
  const waitMs = retryAfterMs === undefined ? undefined : Math.max(0, Math.ceil(retryAfterMs));
  return format === 'json' ? encodeJson(code, message, waitMs) : encodeProtobuf(code, message, waitMs);
}

function encodeJson(code: number, message: string, waitMs: number | undefined): Uint8Array {
  const details =
    waitMs === undefined
      ? {}
      : {
          details: [
            {
              '@type': RETRY_INFO_TYPE,
              retryDelay: `${(waitMs / 1000).toFixed(waitMs % 1000 === 0 ? 0 : 3)}s`,
            },
          ],
        };
  return encoder.encode(JSON.stringify({ code, message, ...details }));
}

function encodeProtobuf(code: number, message: string, waitMs: number | undefined): Uint8Array {
  const writer = new ProtobufWriter();
  if (code !== 0) writer.int32(1, code);
  if (message !== '') writer.string(2, message);
  if (waitMs !== undefined) {
    const any = writer.open(3);
    writer.string(1, RETRY_INFO_TYPE);
    const value = writer.open(2);
    const delay = writer.open(1);
    if (waitMs >= 1000) writer.unsigned(1, Math.floor(waitMs / 1000));
    if (waitMs % 1000 !== 0) writer.unsigned(2, (waitMs % 1000) * 1_000_000);
    writer.close(delay);
    writer.close(value);
    writer.close(any);
  }
  return writer.finish();
}
