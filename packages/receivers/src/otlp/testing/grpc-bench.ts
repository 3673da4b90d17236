/**
 * A gRPC receiver on a free port over a memory ingest, and two ways to call it: with the client library that is in
 * real use, and frame by frame.
 */
import assert from 'node:assert/strict';
import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import grpc from '@grpc/grpc-js';
import { MemoryIngest } from '../../testing/memory-ingest.ts';
import { type OtlpGrpcOptions, otlpGrpc } from '../grpc.ts';
import { grpcOptions } from './receiver-options.ts';

export const TRACES: string = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
export const LOGS: string = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
export const METRICS: string = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';
export const CHECK: string = '/grpc.health.v1.Health/Check';
export const WATCH: string = '/grpc.health.v1.Health/Watch';
export const EMPTY_REQUEST: Buffer = Buffer.from([10, 0]);
export const MESSAGE_BYTES_MAX: number = 256 * 1024;

export type Answer = { code: number; message: string; body: Buffer | undefined; details: Buffer | undefined };

export class Bench {
  readonly ingest: MemoryIngest;
  readonly component: ReturnType<typeof otlpGrpc.create>;
  readonly address: string;
  readonly #clients: grpc.Client[] = [];

  constructor(ingest: MemoryIngest, component: ReturnType<typeof otlpGrpc.create>) {
    this.ingest = ingest;
    this.component = component;
    this.address = component.check().endpoint.slice('http://'.length);
  }

  client(options: grpc.ClientOptions = {}): grpc.Client {
    const client = new grpc.Client(this.address, grpc.credentials.createInsecure(), options);
    this.#clients.push(client);
    return client;
  }

  call(path: string, body: Buffer, client: grpc.Client = this.client(), token?: string): Promise<Answer> {
    const metadata = new grpc.Metadata();
    if (token !== undefined) metadata.set('authorization', token);
    return new Promise((resolve) => {
      client.makeUnaryRequest(path, same, same, body, metadata, (error, answer) => {
        const [details] = error?.metadata.get('grpc-status-details-bin') ?? [];
        resolve({
          code: error?.code ?? 0,
          message: error?.details ?? '',
          body: answer,
          details: Buffer.isBuffer(details) ? details : undefined,
        });
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.component[Symbol.asyncDispose]();
  }
}

export async function openGrpcBench(change: Partial<OtlpGrpcOptions> = {}): Promise<Bench> {
  const ingest = new MemoryIngest();
  const component = otlpGrpc.create(
    grpcOptions(ingest, {
      settings: {
        enabled: true,
        port: 0,
        messageBytesMax: MESSAGE_BYTES_MAX,
        keepaliveInterval: 120_000,
        keepaliveTimeout: 20_000,
      },
      ...change,
    }),
  );
  assert.ok((await component.start()).ok);
  return new Bench(ingest, component);
}

export function same(bytes: Buffer): Buffer {
  return bytes;
}

export function rawCall(
  session: ClientHttp2Session,
  bytes: Buffer,
  headers: Record<string, string>,
): Promise<Record<string, unknown>> {
  const stream = session.request({
    ':method': 'POST',
    ':path': TRACES,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  const answer = answerOf(stream);
  stream.end(bytes);
  return answer;
}

/** Headers and trailers together; rejects when the stream ends without any. */
export function answerOf(stream: ClientHttp2Stream): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const answer: Record<string, unknown> = {};
    stream.on('response', (headers) => Object.assign(answer, headers));
    stream.on('trailers', (headers) => Object.assign(answer, headers));
    stream.on('error', reject);
    stream.on('end', () => resolve(answer));
    stream.resume();
  });
}
