// The workload as segment files, made with the program's own decoder and encoder: what its engine would insert.

import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { RecordBatch } from '@tracewright/model';
import { decodeOtlpTraces } from '@tracewright/wire';
import { RequestSource } from '../generate/request-source.ts';
import { standardWorkload } from '../generate/standard-workload.ts';
import { BenchFailure } from '../harness/bench-failure.ts';

export type SegmentFiles = {
  readonly paths: readonly string[];
  readonly rows: number;
  readonly bytes: number;
  /** Requests of 512 spans that the files hold. */
  readonly batches: number;
};

const BATCH = 512;
/** About 75,000 rows: what 0.3 to 1 s of ingest leave in a segment. */
const BATCHES_PER_SEGMENT = 146;
const SEGMENT_DISTANCE_US = 700_000n;

export async function writeSegmentFiles(
  folder: string,
  spans: number,
  seed: number,
  scatter: number,
  signal: AbortSignal,
): Promise<SegmentFiles> {
  const segments = Math.ceil(spans / BATCH / BATCHES_PER_SEGMENT);
  // One partition, that of today: every segment lies some time in the past, the last one now.
  const lastUs = BigInt(Date.now()) * 1_000n;
  let segmentUs = lastUs - BigInt(segments) * SEGMENT_DISTANCE_US;
  const source = new RequestSource({
    workload: standardWorkload({ seed, batch: BATCH, attributes: 12, resourceAttributes: 12 }),
    encoding: 'protobuf',
    headroom: 0,
    seed,
    inFlightMax: 1,
    scatter,
    nowNs: () => segmentUs * 1_000n,
  });
  const batch = new RecordBatch();
  const encoder = new TextEncoder();
  const row = {
    tenant: encoder.encode('default'),
    receiver: encoder.encode('otlp'),
    dialect: encoder.encode('otlp'),
  };
  const paths: string[] = [];
  let rows = 0;
  let bytes = 0;
  for (let segment = 0; segment < segments; segment++) {
    signal.throwIfAborted();
    segmentUs += SEGMENT_DISTANCE_US;
    for (let number = 0; number < BATCHES_PER_SEGMENT; number++) {
      const request = source.take();
      const decoded = decodeOtlpTraces(request.template.bytes, batch, {
        ...row,
        arrivedMs: Number(segmentUs / 1_000n),
      });
      source.giveBack(request);
      if (!decoded.ok) throw new BenchFailure(decoded.failure.message);
    }
    const path = join(folder, `${segment}.native`);
    const chunks = batch.block('spans', segmentUs);
    rows += batch.spans.rows;
    bytes += chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    await writeChunks(path, chunks);
    batch.reset();
    paths.push(path);
  }
  return { paths, rows, bytes, batches: segments * BATCHES_PER_SEGMENT };
}

async function writeChunks(path: string, chunks: readonly Uint8Array[]): Promise<void> {
  const stream = createWriteStream(path);
  for (const chunk of chunks) stream.write(chunk);
  await new Promise<void>((resolve, reject) => {
    stream.once('error', reject);
    stream.end(resolve);
  });
}
