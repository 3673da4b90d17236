// Loaded before an instrumented service with `--import`: starts the OpenTelemetry SDK for Node as a user would,
// with the settings of the standard environment variables, and flushes it when the process has nothing left to
// do. The services themselves import nothing of the SDK.

import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { PinoInstrumentation } from '@opentelemetry/instrumentation-pino';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { register } from 'import-in-the-middle/register-hooks.mjs';
import { peerNameAt } from '../process/peers.ts';

// The services are ES modules, which can be patched only through loader hooks; these run in the same thread.
register({ include: ['http', 'node:http', 'pg', 'pg-pool', 'pino', 'ioredis'] });

const sdk = new NodeSDK({
  instrumentations: [
    new HttpInstrumentation({
      // The exporters use this client too; a span for each export would be noise.
      requireParentforOutgoingSpans: true,
      startOutgoingSpanHook: (request) =>
        peerAttributes(`http://${request.hostname ?? request.host ?? ''}:${request.port ?? 80}`),
    }),
    new UndiciInstrumentation({
      requireParentforSpans: true,
      startSpanHook: (request) => peerAttributes(request.origin),
    }),
    new PgInstrumentation({ requireParentSpan: true }),
    new IORedisInstrumentation({ requireParentSpan: true }),
    new PinoInstrumentation(),
  ],
});
sdk.start();

let flushing = false;
process.on('beforeExit', () => {
  if (flushing) return;
  flushing = true;
  sdk.shutdown().catch((error: unknown) => {
    console.error('cannot flush telemetry:', error);
    process.exitCode = 1;
  });
});

/** All peers answer on one host, so that only this name tells the called service from another. */
function peerAttributes(origin: string): Record<string, string> {
  const name = peerNameAt(origin);
  return name === undefined ? {} : { 'service.peer.name': name };
}
