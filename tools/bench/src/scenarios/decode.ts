// What decoding costs by itself, without sockets, files and engine: the workload's bytes into columns and out again
// as ClickHouse blocks, on one thread of this process.

import { RecordBatch } from '@tracewright/model';
import { decodeOtlpTraces, jsonToOtlpProtobuf } from '@tracewright/wire';
import { RequestSource } from '../generate/request-source.ts';
import { standardWorkload } from '../generate/standard-workload.ts';
import type { Encoding } from '../generate/template.ts';
import { BenchFailure } from '../harness/bench-failure.ts';
import type { Figure } from '../report/figure.ts';
import type { Scenario, ScenarioContext, ScenarioResult } from './scenario.ts';

const BATCH = 512;
/** Requests that are decoded into one batch of columns before it is encoded, as a group commit does. */
const REQUESTS_PER_BLOCK = 8;
const WARM_UP_REQUESTS = 200;

export const decodeScenario: Scenario = {
  name: 'decode',
  summary: 'CPU of decoding OTLP into columns and encoding blocks, in this process',
  byDefault: true,
  run: decode,
};

async function decode(context: ScenarioContext): Promise<ScenarioResult> {
  const requests = Math.ceil((context.quick ? 500_000 : 2_000_000) / BATCH);
  const figures: Figure[] = [];
  let bytesPerSpan = 0;
  for (const encoding of ['protobuf', 'json'] as const) {
    context.signal.throwIfAborted();
    const measured = decodeMany(encoding, requests, context.seed);
    bytesPerSpan ||= measured.blockBytesPerSpan;
    for (const [id, label, value] of [
      ['decode', 'decoding', measured.decodeSecondsPerMillion],
      ['encode', 'encoding blocks', measured.encodeSecondsPerMillion],
    ] as const) {
      if (encoding === 'json' && id === 'encode') continue;
      figures.push({
        id: `decode.${encoding}.${id}`,
        label: `${encoding === 'json' ? 'JSON' : 'protobuf'}: ${label}`,
        unit: 's/million',
        better: 'less',
        value,
      });
    }
  }
  figures.push({
    id: 'decode.blockBytes',
    label: 'segment file',
    unit: 'B/span',
    better: 'less',
    value: bytesPerSpan,
  });
  return {
    conditions: [`${(requests * BATCH).toLocaleString('en-US')} spans of the standard workload, one thread`],
    figures,
  };
}

type Decoded = {
  readonly decodeSecondsPerMillion: number;
  readonly encodeSecondsPerMillion: number;
  readonly blockBytesPerSpan: number;
};

function decodeMany(encoding: Encoding, requests: number, seed: number): Decoded {
  const source = new RequestSource({
    workload: standardWorkload({ seed, batch: BATCH, attributes: 12, resourceAttributes: 12 }),
    encoding,
    headroom: 0,
    seed,
    inFlightMax: 1,
    scatter: 0,
    nowNs: () => BigInt(Date.now()) * 1_000_000n,
  });
  const batch = new RecordBatch();
  const encoder = new TextEncoder();
  const row = {
    tenant: encoder.encode('default'),
    receiver: encoder.encode('otlp'),
    dialect: encoder.encode('otlp'),
  };
  let decodeUs = 0;
  let encodeUs = 0;
  let spans = 0;
  let bytes = 0;
  for (let number = -WARM_UP_REQUESTS; number < requests; number++) {
    const request = source.take();
    const before = process.cpuUsage();
    const body = encoding === 'json' ? jsonToOtlpProtobuf('traces', request.template.bytes) : undefined;
    if (body?.ok === false) throw new BenchFailure(body.failure.message);
    const decoded = decodeOtlpTraces(body?.value ?? request.template.bytes, batch, {
      ...row,
      arrivedMs: Date.now(),
    });
    const decoding = process.cpuUsage(before);
    if (!decoded.ok) throw new BenchFailure(decoded.failure.message);
    if (decoded.value.accepted !== BATCH)
      throw new BenchFailure(`${decoded.value.rejected} good spans were rejected`);
    source.giveBack(request);
    let blockBytes = 0;
    if (number % REQUESTS_PER_BLOCK === 0) {
      for (const chunk of batch.block('spans', 1n)) blockBytes += chunk.length;
      batch.reset();
    }
    if (number < 0) continue;
    const both = process.cpuUsage(before);
    decodeUs += decoding.user + decoding.system;
    encodeUs += both.user + both.system - decoding.user - decoding.system;
    bytes += blockBytes;
    spans += BATCH;
  }
  return {
    decodeSecondsPerMillion: decodeUs / spans,
    encodeSecondsPerMillion: encodeUs / spans,
    blockBytesPerSpan: bytes / spans,
  };
}
