/** gRPC's status codes, and how a status is written into HTTP/2 headers. */
import type { OutgoingHttpHeaders } from 'node:http2';

export const GRPC_CODE = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

export type GrpcStatus = {
  readonly code: number;
  readonly message: string;
  /** A google.rpc.Status as bytes, for whoever reads `grpc-status-details-bin`. */
  readonly details?: Uint8Array;
};

/** The header fields of a status that is not OK. */
export function statusHeaders(status: GrpcStatus): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {
    'grpc-status': String(status.code),
    'grpc-message': encodeMessage(status.message),
  };
  if (status.details !== undefined)
    headers['grpc-status-details-bin'] = Buffer.from(
      status.details.buffer,
      status.details.byteOffset,
      status.details.byteLength,
    ).toString('base64');
  return headers;
}

/** Percent-encodes the UTF-8 bytes that are not printable ASCII, and the percent sign. */
export function encodeMessage(message: string): string {
  if (/^[ -$&-~]*$/.test(message)) return message;
  let text = '';
  for (const byte of Buffer.from(message)) {
    const plain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    text += plain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}
