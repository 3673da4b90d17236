// Sends one trace of very many spans: requests of the standard workload whose trace ids are all made the same. Its
// spans form many small trees, as a batch job's do.

import { RequestSource } from '../generate/request-source.ts';
import { standardWorkload } from '../generate/standard-workload.ts';
import { HOLE_COLUMNS, HOLE_STRIDE } from '../generate/template.ts';
import { BenchFailure } from '../harness/bench-failure.ts';
import { createHttpSender } from './http-sender.ts';

const BATCH = 512;

export type BigTrace = { readonly traceId: string; readonly spans: number };

/** Sends about `spans` spans of one trace to an OTLP/HTTP address; each is accepted, or it fails. */
export async function sendBigTrace(
  otlpHttp: string,
  seed: number,
  spans: number,
  signal: AbortSignal,
): Promise<BigTrace> {
  const source = new RequestSource({
    workload: standardWorkload({ seed, batch: BATCH, attributes: 12, resourceAttributes: 12 }),
    encoding: 'protobuf',
    headroom: 0,
    seed,
    inFlightMax: 1,
    scatter: 0,
    nowNs: () => BigInt(Date.now()) * 1_000_000n,
  });
  const sender = createHttpSender({
    url: new URL('/v1/traces', otlpHttp),
    contentType: 'application/x-protobuf',
    token: undefined,
    timeoutMs: 10_000,
    insecure: false,
  });
  let traceId: Buffer | undefined;
  const batches = Math.ceil(spans / BATCH);
  try {
    for (let number = 0; number < batches; number++) {
      signal.throwIfAborted();
      const request = source.take();
      const { bytes, holes } = request.template;
      for (let row = 0; row < holes.length; row += HOLE_STRIDE) {
        const at = holes[row + HOLE_COLUMNS.traceIdAt] ?? -1;
        traceId ??= Buffer.from(bytes.subarray(at, at + 16));
        traceId.copy(bytes, at);
      }
      const outcome = await sender.send(bytes, 0);
      if (outcome.kind !== 'accepted' || outcome.rejectedSpans > 0)
        throw new BenchFailure(`A large trace was turned down: ${JSON.stringify(outcome)}`);
      source.giveBack(request);
    }
  } finally {
    sender.close();
  }
  return { traceId: traceId?.toString('hex') ?? '', spans: batches * BATCH };
}
