/** Options of the OTLP receivers for tests: free ports on loopback, nothing allowed beyond the defaults. */
import type { Ingest } from '@tracewright/pipeline';
import type { OtlpGrpcOptions } from '../grpc.ts';
import type { OtlpHttpOptions } from '../http.ts';

const shared = {
  listen: { host: '127.0.0.1', allowedHosts: [], allowedOrigins: [] },
  token: undefined,
  tenant: 'default',
  nowMs: Date.now,
  report: () => undefined,
  drainTimeoutMs: 5_000,
};

export function httpOptions(ingest: Ingest, change: Partial<OtlpHttpOptions> = {}): OtlpHttpOptions {
  const settings = { enabled: true, port: 0, bodyBytesMax: 4 * 1024 * 1024, corsOrigins: [] };
  return { ...shared, ingest, settings, ...change };
}

export function grpcOptions(ingest: Ingest, change: Partial<OtlpGrpcOptions> = {}): OtlpGrpcOptions {
  const settings = {
    enabled: true,
    port: 0,
    messageBytesMax: 4 * 1024 * 1024,
    keepaliveInterval: 120_000,
    keepaliveTimeout: 20_000,
  };
  return { ...shared, ingest, settings, ...change };
}
