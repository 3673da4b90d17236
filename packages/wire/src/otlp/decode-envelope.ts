/**
 * Decodes the frame that all OTLP requests share: resources, in them scopes, in them records.
 *
 * Each resource and scope is walked once to check it and again only when it needs a row; rows of resources
 * and scopes are written when the first record refers to them. Fields may come in any order, therefore a
 * frame is passed over once for its resource and schema URL before its records are read. Whatever is
 * damaged anywhere in the request, the batch is afterwards as it was before.
 */
import {
  type Acceptance,
  REJECTIONS_TOLD_MAX,
  type RecordBatch,
  type Rejection,
  type RowContext,
} from '@tracewright/model';
import { err, failure, ok, type Result } from '@tracewright/std';
import { BODY_BYTES_MAX } from '../limits.ts';
import { ProtobufReader } from '../primitives/protobuf-reader.ts';
import type { IngestContext } from './ingest-context.ts';
import { KeyValueReader } from './key-value.ts';
import { SharedValue } from './shared-value.ts';

/** Reads the record in `[reader.at, stop)` into a row: '' when the row stands, or why it was refused. */
export type RecordReader = (
  reader: ProtobufReader,
  attributes: KeyValueReader,
  stop: number,
  batch: RecordBatch,
  row: RowContext,
) => string;

export type Envelope = {
  /** As in `Cannot decode OTLP traces at byte 7`. */
  readonly signal: string;
  /** As in `Cannot accept span 3`. */
  readonly record: string;
  readonly read: RecordReader;
};

const FRAME_FIELDS = 0b1110;
const REQUEST_FIELDS = 0b10;
/** `instrumentation_library_spans` and `_logs`, the scopes of senders older than 2022. */
const LIBRARY_TAG: number = 1000 * 8 + 2;
const textDecoder = new TextDecoder();

export function decodeEnvelope(
  envelope: Envelope,
  body: Uint8Array,
  batch: RecordBatch,
  context: IngestContext,
): Result<Acceptance> {
  if (body.length > BODY_BYTES_MAX) {
    return err(
      failure(
        'too-large',
        `Cannot decode OTLP ${envelope.signal}: ${body.length} bytes, at most ${BODY_BYTES_MAX}`,
      ),
    );
  }
  batch.markRequest();
  const decoder = new EnvelopeDecoder(envelope, body, batch, context);
  decoder.request();
  const { reader } = decoder;
  if (reader.fault !== '') {
    batch.rollbackRequest();
    const place = decoder.inRecord ? `${envelope.record} ${decoder.index}, byte` : 'byte';
    return err(
      failure(
        'invalid',
        `Cannot decode OTLP ${envelope.signal} at ${place} ${reader.faultAt}: ${reader.fault}`,
      ),
    );
  }
  return ok({ accepted: decoder.accepted, rejected: decoder.rejected, rejections: decoder.rejections });
}

class EnvelopeDecoder {
  readonly reader: ProtobufReader;
  accepted = 0;
  rejected = 0;
  readonly rejections: Rejection[] = [];
  /** Records begun so far, over all resources and scopes: the index of the next one, or of the open one. */
  index = 0;
  inRecord = false;

  readonly #envelope: Envelope;
  readonly #batch: RecordBatch;
  readonly #attributes: KeyValueReader;
  readonly #resource: SharedValue;
  readonly #scope: SharedValue;
  readonly #row: RowContext;

  constructor(envelope: Envelope, body: Uint8Array, batch: RecordBatch, context: IngestContext) {
    this.#envelope = envelope;
    this.#batch = batch;
    this.reader = new ProtobufReader(body);
    this.#attributes = new KeyValueReader(this.reader);
    const tenant = `${textDecoder.decode(context.tenant)}|`;
    this.#resource = new SharedValue('resource', context.tenant, tenant, this.reader, this.#attributes);
    this.#scope = new SharedValue('scope', context.tenant, tenant, this.reader, this.#attributes);
    this.#row = {
      tenant: context.tenant,
      arrivedMs: context.arrivedMs,
      dialect: context.dialect,
      receiver: context.receiver,
      service: this.#resource.service,
      resourceIdLow: 0,
      resourceIdHigh: 0,
      scopeIdLow: 0,
      scopeIdHigh: 0,
    };
  }

  request(): void {
    const { reader } = this;
    const end = reader.bytes.length;
    while (reader.at < end) {
      const tag = reader.tag(end);
      if (tag === 0x0a) {
        const stop = reader.stop(end);
        if (stop >= 0) this.#resourceFrame(stop);
      } else reader.unknown(tag, end, REQUEST_FIELDS);
    }
  }

  #resourceFrame(stop: number): void {
    const { reader } = this;
    const from = reader.at;
    const libraries = this.#frameHead(this.#resource, stop, true);
    if (reader.fault !== '') return;
    const row = this.#row;
    row.service = this.#resource.service;
    row.resourceIdLow = this.#resource.id.low;
    row.resourceIdHigh = this.#resource.id.high;
    const scopes = libraries ? LIBRARY_TAG : 0x12;
    reader.at = from;
    while (reader.at < stop) {
      const tag = reader.tag(stop);
      if (tag === scopes) {
        const end = reader.stop(stop);
        if (end >= 0) this.#scopeFrame(end);
      } else reader.skip(tag, stop);
    }
  }

  #scopeFrame(stop: number): void {
    const { reader } = this;
    const from = reader.at;
    this.#frameHead(this.#scope, stop, false);
    if (reader.fault !== '') return;
    this.#row.scopeIdLow = this.#scope.id.low;
    this.#row.scopeIdHigh = this.#scope.id.high;
    reader.at = from;
    while (reader.at < stop) {
      const tag = reader.tag(stop);
      if (tag === 0x12) {
        const end = reader.stop(stop);
        if (end >= 0) this.#record(end);
      } else reader.skip(tag, stop);
    }
  }

  /**
   * Passes over a frame for its shared value (field 1) and schema URL (field 3). True when a resource
   * holds its scopes only under the deprecated field, which does not count beside the present one.
   */
  #frameHead(shared: SharedValue, stop: number, isResource: boolean): boolean {
    const { reader } = this;
    let hasScopes = false;
    let hasLibraries = false;
    shared.begin();
    while (reader.at < stop) {
      const tag = reader.tag(stop);
      if (tag === 0x0a) {
        const end = reader.stop(stop);
        if (end < 0) return false;
        shared.piece(reader.at, end);
        reader.at = end;
      } else if (tag === 0x1a) {
        const end = reader.stop(stop);
        if (end < 0) return false;
        shared.schemaUrl(reader.at, end);
        reader.at = end;
      } else if (tag === 0x12) {
        hasScopes = true;
        reader.skip(tag, stop);
      } else if (tag === LIBRARY_TAG && isResource) {
        hasLibraries = true;
        reader.skip(tag, stop);
      } else reader.unknown(tag, stop, FRAME_FIELDS);
    }
    if (reader.fault === '') shared.identify();
    return hasLibraries && !hasScopes;
  }

  #record(stop: number): void {
    this.inRecord = true;
    const reason = this.#envelope.read(this.reader, this.#attributes, stop, this.#batch, this.#row);
    if (this.reader.fault !== '') return;
    if (reason === '') {
      this.accepted++;
      this.#resource.write(this.#batch);
      this.#scope.write(this.#batch);
    } else {
      if (this.rejected < REJECTIONS_TOLD_MAX) {
        this.rejections.push({
          index: this.index,
          code: 'invalid',
          reason: `Cannot accept ${this.#envelope.record} ${this.index}: ${reason}`,
        });
      }
      this.rejected++;
    }
    this.inRecord = false;
    this.index++;
  }
}
