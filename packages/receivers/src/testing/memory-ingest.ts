/**
 * MemoryIngest: an Ingest that really inflates and decodes, keeps the identity of each span and record in memory,
 * and fails when told to. It is the controllable partner of receivers' tests.
 */
import { gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { type Acceptance, type NativeColumn, RecordBatch } from '@tracewright/model';
import type { ContentCoding, Ingest, IngestRequest, Signal, WireFormat } from '@tracewright/pipeline';
import { err, type Failure, failure, ok, printHex, type Result } from '@tracewright/std';
import {
  decodeOtlpLogs,
  decodeOtlpLogsJson,
  decodeOtlpTraces,
  decodeOtlpTracesJson,
  type IngestContext,
} from '@tracewright/wire';

type Decode = (body: Uint8Array, batch: RecordBatch, context: IngestContext) => Result<Acceptance>;

const DECODERS: Readonly<Record<WireFormat, Readonly<Record<Signal, Decode>>>> = {
  'otlp/protobuf': { traces: decodeOtlpTraces, logs: decodeOtlpLogs },
  'otlp/json': { traces: decodeOtlpTracesJson, logs: decodeOtlpLogsJson },
};

type Inflate = (body: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;

const INFLATERS: Readonly<Record<Exclude<ContentCoding, 'identity'>, Inflate>> = {
  gzip: gunzipSync,
  deflate: inflateSync,
  zstd: zstdDecompressSync,
};

/** Decides about a request before it is decoded; undefined lets it through. */
export type Script = (request: IngestRequest, index: number) => Failure | undefined;

export class MemoryIngest implements Ingest {
  /** What each request was, in the order of arrival; without the bodies. */
  readonly requests: Omit<IngestRequest, 'body'>[] = [];
  /** How often each accepted span or record arrived, by signal and span id. */
  readonly accepted: Record<Signal, Map<string, number>> = { traces: new Map(), logs: new Map() };
  rejected = 0;
  failed = 0;
  readonly refused: { receiver: string; signal: string; reason: string }[] = [];
  discarded = 0;
  script: Script = () => undefined;
  /** While set, no request is answered before it resolves. */
  gate: Promise<void> | undefined;

  async submit(request: IngestRequest): Promise<Result<Acceptance>> {
    const { body, ...rest } = request;
    const index = this.requests.push(rest) - 1;
    if (body.byteOffset !== 0 || body.byteLength !== body.buffer.byteLength)
      throw new Error(`The body of request ${index} shares its buffer`);
    // As a worker thread would get it: the receiver must not touch the buffer any more.
    const own = new Uint8Array(body.buffer.transfer());
    await this.gate;
    const result = this.script(request, index);
    const outcome = result === undefined ? this.#decode(rest, own) : err(result);
    if (!outcome.ok) this.failed++;
    else this.rejected += outcome.value.rejected;
    return outcome;
  }

  countRefused(receiver: string, signal: Signal | 'metrics', reason: string): void {
    this.refused.push({ receiver, signal, reason });
  }

  countDiscarded(_receiver: string, _signal: 'metrics', requests: number): void {
    this.discarded += requests;
  }

  #decode(request: Omit<IngestRequest, 'body'>, body: Uint8Array): Result<Acceptance> {
    const inflated = inflate(body, request.coding, request.bodyBytesMax);
    if (!inflated.ok) return inflated;
    const batch = new RecordBatch();
    const encoder = new TextEncoder();
    const outcome = DECODERS[request.format][request.signal](inflated.value, batch, {
      tenant: encoder.encode(request.tenant),
      arrivedMs: 0,
      receiver: encoder.encode(request.receiver),
      dialect: encoder.encode('otlp'),
    });
    if (outcome.ok) this.#remember(request.signal, batch);
    return outcome;
  }

  #remember(signal: Signal, batch: RecordBatch): void {
    const records = signal === 'traces' ? batch.spans : batch.logs;
    const ids = fixedStrings(records.columns(0n), 'span_id', 8, records.rows);
    const seen = this.accepted[signal];
    for (const id of ids) seen.set(id, (seen.get(id) ?? 0) + 1);
  }
}

/** The values of a column of fixed width, in hex. */
function fixedStrings(columns: readonly NativeColumn[], name: string, width: number, rows: number): string[] {
  const bytes = columns.find((column) => column.name === name)?.parts[0]?.bytes ?? new Uint8Array(0);
  return Array.from({ length: rows }, (_, row) => printHex(bytes, row * width, (row + 1) * width));
}

function inflate(body: Uint8Array, coding: ContentCoding, bytesMax: number): Result<Uint8Array> {
  if (coding === 'identity') return ok(body);
  try {
    return ok(INFLATERS[coding](body, { maxOutputLength: bytesMax }));
  } catch (cause) {
    const isTooLarge = cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE';
    if (isTooLarge) return err(failure('too-large', `The body inflates to more than ${bytesMax} bytes`));
    return err(failure('invalid', `Cannot inflate the body as ${coding}: ${String(cause)}`));
  }
}
