import assert from 'node:assert/strict';
import grpc from '@grpc/grpc-js';
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { testReceiverContract } from '../testing/contract.ts';
import { otlpGrpc } from './grpc.ts';
import { otlpHttp } from './http.ts';
import { exporterSender, retryingGrpcSender } from './testing/exporter-sender.ts';
import { grpcOptions, httpOptions } from './testing/receiver-options.ts';
import { readRetryDelayMs } from './testing/retry-info.ts';

for (const [name, Exporter, type] of [
  ['OTLP/HTTP protobuf', ProtobufExporter, 'application/x-protobuf'],
  ['OTLP/HTTP JSON', JsonExporter, 'application/json'],
] as const) {
  testReceiverContract({
    name,
    create: (ingest) => otlpHttp.create(httpOptions(ingest)),
    createSender: (endpoint) => exporterSender(new Exporter({ url: `${endpoint}/v1/traces` })),
    retries: true,
    rejectsSingly: true,
    assertOverloaded: async (endpoint) => {
      const body = type === 'application/json' ? '{"resourceSpans":[]}' : Uint8Array.of(10, 0);
      const headers = { 'content-type': type };
      const answer = await fetch(`${endpoint}/v1/traces`, { method: 'POST', headers, body });
      assert.equal(answer.status, 503);
      assert.equal(answer.headers.get('retry-after'), '2');
      assert.equal(answer.headers.get('content-type'), type);
      const bytes = new Uint8Array(await answer.arrayBuffer());
      if (type === 'application/json')
        assert.equal(JSON.parse(new TextDecoder().decode(bytes)).details[0].retryDelay, '1.500s');
      else assert.equal(readRetryDelayMs(bytes), 1500);
    },
  });
}

testReceiverContract({
  name: 'OTLP/gRPC',
  create: (ingest) => otlpGrpc.create(grpcOptions(ingest)),
  createSender: (endpoint) => retryingGrpcSender(new GrpcExporter({ url: endpoint })),
  retries: true,
  rejectsSingly: true,
  assertOverloaded: async (endpoint) => {
    const client = new grpc.Client(endpoint.slice('http://'.length), grpc.credentials.createInsecure());
    const error = await new Promise<grpc.ServiceError | null>((resolve) => {
      const path = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
      const same = (bytes: Buffer): Buffer => bytes;
      client.makeUnaryRequest(path, same, same, Buffer.from([10, 0]), resolve);
    });
    client.close();
    assert.equal(error?.code, grpc.status.UNAVAILABLE);
    const [details] = error.metadata.get('grpc-status-details-bin');
    assert.ok(Buffer.isBuffer(details));
    assert.equal(readRetryDelayMs(details), 1500);
  },
});
