// How soon the program accepts a span: the same small request is offered again and again until it is accepted.

import { setTimeout as sleep } from 'node:timers/promises';
import { RequestSource } from '../generate/request-source.ts';
import { standardWorkload } from '../generate/standard-workload.ts';
import { createHttpSender } from '../load/http-sender.ts';
import { BenchFailure } from './bench-failure.ts';
import type { Program } from './program.ts';

export type FirstAccepted = { readonly afterMs: number; readonly spans: number };

const PATIENCE_MS = 120_000;
const PAUSE_MS = 5;

/** Offers one trace until it is accepted; tells the time since the program was started. */
export async function firstAccepted(
  program: Program,
  seed: number,
  signal: AbortSignal,
): Promise<FirstAccepted> {
  const source = new RequestSource({
    workload: {
      ...standardWorkload({ seed, batch: 8, attributes: 12, resourceAttributes: 12 }),
      templateCount: 1,
    },
    encoding: 'protobuf',
    headroom: 0,
    seed,
    inFlightMax: 1,
    scatter: 0,
    nowNs: () => BigInt(Date.now()) * 1_000_000n,
  });
  const { template } = source.take();
  const sender = createHttpSender({
    url: new URL('/v1/traces', program.otlpHttp),
    contentType: 'application/x-protobuf',
    token: undefined,
    timeoutMs: 5_000,
    insecure: false,
  });
  try {
    for (;;) {
      signal.throwIfAborted();
      const outcome = await sender.send(template.bytes, 0);
      const afterMs = performance.now() - program.startedMs;
      if (outcome.kind === 'accepted' && outcome.rejectedSpans === 0)
        return { afterMs, spans: template.spanCount };
      if (outcome.kind === 'failed')
        throw new BenchFailure(`The first span was turned down: ${outcome.message}`);
      if (program.hasExited || afterMs > PATIENCE_MS) {
        throw new BenchFailure(`No span was accepted after the start:\n${program.logTail()}`);
      }
      await sleep(PAUSE_MS);
    }
  } finally {
    sender.close();
  }
}
