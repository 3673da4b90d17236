/**
 * Ingest: the one door for everything that comes in. A receiver hands over the bytes of a request as they
 * came from the socket and gets back what became of them.
 *
 * The promise resolves with an Acceptance only when the accepted rows would survive `kill -9` (and with
 * `wal.sync: group` a power cut). It resolves with a failure when nothing of the request was accepted:
 * `invalid` (never retry), `too-large`, `unsupported`, `overloaded` or `unavailable` (retry later).
 * It never rejects.
 */
import type { Acceptance } from '@tracewright/model';
import type { Result } from '@tracewright/std';

export type Signal = 'traces' | 'logs';
/** Which decoder of `wire` reads the body. */
export type WireFormat = 'otlp/protobuf' | 'otlp/json';
export type ContentCoding = 'identity' | 'gzip' | 'deflate' | 'zstd';

export type IngestRequest = {
  readonly signal: Signal;
  readonly format: WireFormat;
  /** How the body is compressed; it is inflated off the event loop, within the limit of `bodyBytesMax`. */
  readonly coding: ContentCoding;
  /**
   * The whole body. Ownership passes: the buffer is transferred to a worker and must not be used again, so
   * it must span its ArrayBuffer alone.
   */
  readonly body: Uint8Array<ArrayBuffer>;
  /** Limit of the body once inflated. */
  readonly bodyBytesMax: number;
  readonly tenant: string;
  /** The receiver's id, such as `otlp/grpc`; stored with each row. */
  readonly receiver: string;
  /** Who sends, as far as fairness goes: usually a remote address. All without one are one sender. */
  readonly sender?: string;
};

export type Ingest = {
  submit(request: IngestRequest): Promise<Result<Acceptance>>;
  /** Counts a request that a receiver refused itself, before it came to `submit`, so that the accounts add up. */
  countRefused(receiver: string, signal: Signal | 'metrics', reason: string): void;
  /** Counts data points that are accepted and discarded by design (metrics). */
  countDiscarded(receiver: string, signal: 'metrics', requests: number): void;
};
