/**
 * Sends OTLP requests byte by byte as given, over HTTP and over gRPC, and reads the answers with protobufjs.
 */
import grpc from '@grpc/grpc-js';
import { decodeMessage, type MessageName } from './otlp-messages.ts';
import type { RunningServer } from './running-server.ts';

export const PROTOBUF = 'application/x-protobuf';
export const JSON_TYPE = 'application/json';

export type HttpAnswer = {
  readonly status: number;
  readonly headers: Headers;
  /** The answer's message whichever encoding it came in; its text where it is no message. */
  readonly body: Record<string, unknown> | string;
};

export type PostOptions = {
  readonly type?: string;
  readonly coding?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
};

export async function postOtlp(
  server: RunningServer,
  signal: 'traces' | 'logs' | 'metrics',
  body: Uint8Array | string,
  options: PostOptions = {},
): Promise<HttpAnswer> {
  const { type = PROTOBUF, coding, headers = {}, method = 'POST' } = options;
  const answer = await fetch(server.url('receivers.otlp.http', `/v1/${signal}`), {
    method,
    headers: {
      ...(type === '' ? {} : { 'content-type': type }),
      ...(coding === undefined ? {} : { 'content-encoding': coding }),
      ...headers,
    },
    ...(method === 'GET' || method === 'HEAD'
      ? {}
      : { body: typeof body === 'string' ? Buffer.from(body) : new Uint8Array(body) }),
    signal: AbortSignal.timeout(60_000),
  });
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const name: MessageName = answer.status === 200 ? 'ExportResponse' : 'RpcStatus';
  return { status: answer.status, headers: answer.headers, body: readBody(answer.headers, name, bytes) };
}

function readBody(headers: Headers, name: MessageName, bytes: Uint8Array): HttpAnswer['body'] {
  const type = headers.get('content-type') ?? '';
  if (type === PROTOBUF) return decodeMessage(name, bytes);
  const text = new TextDecoder().decode(bytes);
  return type === JSON_TYPE ? JSON.parse(text) : text;
}

/** How many records an export answer says were refused; 0 when all were accepted. */
export function rejectedIn({ status, body }: HttpAnswer): number {
  if (status !== 200 || typeof body === 'string')
    throw new Error(`Answered ${status}: ${JSON.stringify(body)}`);
  const partial = (body['partialSuccess'] ?? {}) as Record<string, unknown>;
  return Number(partial['rejected'] ?? partial['rejectedSpans'] ?? partial['rejectedLogRecords'] ?? 0);
}

export type GrpcAnswer = {
  readonly code: number;
  readonly message: string;
  readonly body: Record<string, unknown> | undefined;
  /** The google.rpc.Status of a refusal. */
  readonly details: Record<string, unknown> | undefined;
};

const METHODS = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  health: '/grpc.health.v1.Health/Check',
} as const;

const GZIP: number = grpc.compressionAlgorithms.gzip;

export class GrpcSender {
  readonly #client: grpc.Client;

  constructor(server: RunningServer, coding: 'identity' | 'gzip' = 'identity') {
    const address = new URL(server.url('receivers.otlp.grpc')).host;
    const options = {
      // A server that was killed is back soon.
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 200,
      ...(coding === 'gzip' ? { 'grpc.default_compression_algorithm': GZIP } : {}),
    };
    this.#client = new grpc.Client(address, grpc.credentials.createInsecure(), options);
  }

  call(
    method: keyof typeof METHODS | `/${string}`,
    body: Uint8Array,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<GrpcAnswer> {
    const metadata = new grpc.Metadata();
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    const path = method.startsWith('/') ? method : METHODS[method as keyof typeof METHODS];
    const same = (bytes: Buffer): Buffer => bytes;
    return new Promise((resolve) => {
      this.#client.makeUnaryRequest(
        path,
        same,
        same,
        Buffer.from(body),
        metadata,
        { deadline: Date.now() + 60_000 },
        (error: grpc.ServiceError | null, answer: Buffer | undefined) => {
          const [details] = error?.metadata.get('grpc-status-details-bin') ?? [];
          resolve({
            code: error?.code ?? 0,
            message: error?.details ?? '',
            body: answer === undefined ? undefined : decodeMessage('ExportResponse', answer),
            details: Buffer.isBuffer(details) ? decodeMessage('RpcStatus', details) : undefined,
          });
        },
      );
    });
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}
