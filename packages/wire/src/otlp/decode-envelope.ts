/**
 * Decodes the frame that all OTLP requests share: resources, in them scopes, in them records.
 *
 * Each resource and scope is walked once to check it and again only when it needs a row; rows of resources
 * and scopes are written when the first record refers to them. Fields may come in any order, therefore a
 * frame is passed over once for its resource and schema URL before its records are read. Whatever is
 * damaged anywhere in the request, or beyond its limits, the batch is afterwards as it was before.
 */
import {
  type Acceptance,
  REJECTIONS_TOLD_MAX,
  type RecordBatch,
  type Rejection,
  type RowContext,
} from '@tracewright/model';
import { err, failure, ok, type Result } from '@tracewright/std';
import {
  BODY_BYTES_MAX,
  COLUMN_BYTES_PER_REQUEST_MAX,
  ENTRIES_PER_RECORD_MAX,
  RECORDS_PER_REQUEST_MAX,
  RESOURCES_PER_REQUEST_MAX,
  SCOPES_PER_REQUEST_MAX,
} from '../limits.ts';
import { ProtobufReader } from '../primitives/protobuf-reader.ts';
import type { Refusal } from './id-fault.ts';
import type { IngestContext } from './ingest-context.ts';
import { KeyValueReader } from './key-value.ts';
import { SharedValue } from './shared-value.ts';

/** Reads the record in `[reader.at, stop)` into a row: undefined when the row stands, or why it was refused. */
export type RecordReader = (
  reader: ProtobufReader,
  attributes: KeyValueReader,
  stop: number,
  batch: RecordBatch,
  row: RowContext,
) => Refusal | undefined;

export type Envelope = {
  /** As in `Cannot decode OTLP traces at byte 7`. */
  readonly signal: string;
  /** As in `Cannot accept span 3`. */
  readonly record: string;
  readonly table: 'spans' | 'logs';
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
  if (batch.hasOverflowed()) {
    batch.rollbackRequest();
    const message = `Cannot decode OTLP ${envelope.signal}: there is no memory for its rows`;
    return err(failure('resource', message, { retry: 'later' }));
  }
  if (reader.fault !== '') {
    batch.rollbackRequest();
    const record = `${envelope.record} ${decoder.index}`;
    if (reader.isTooLarge) {
      const place = decoder.inRecord ? ` at ${record}` : '';
      return err(failure('too-large', `Cannot accept OTLP ${envelope.signal}${place}: ${reader.fault}`));
    }
    const place = decoder.inRecord ? `${record}, byte` : 'byte';
    return err(
      failure(
        'invalid',
        `Cannot decode OTLP ${envelope.signal} at ${place} ${reader.faultAt}: ${reader.fault}`,
      ),
    );
  }
  return ok({ accepted: decoder.accepted, rejected: decoder.rejected, rejections: decoder.rejections });
}

/** More than the columns of fixed width, the lengths of strings and the ends of lists take in one row of any table. */
const ROW_BYTES_BOUND = 512;
/** By how much bytes may grow on their way into columns: an empty event is 2 bytes in a request and 13 in columns. */
const GROWTH_BOUND = 8;

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
  #resources = 0;
  #scopes = 0;
  readonly #bytesBefore: number;
  /** Not less than the request has appended so far. */
  #bytesBound = 0;

  constructor(envelope: Envelope, body: Uint8Array, batch: RecordBatch, context: IngestContext) {
    this.#envelope = envelope;
    this.#batch = batch;
    this.#bytesBefore = batch.bytes();
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
    if (++this.#resources > RESOURCES_PER_REQUEST_MAX) {
      reader.exceed(`more than ${RESOURCES_PER_REQUEST_MAX} resources in one request`);
      return;
    }
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
    if (++this.#scopes > SCOPES_PER_REQUEST_MAX) {
      reader.exceed(`more than ${SCOPES_PER_REQUEST_MAX} scopes in one request`);
      return;
    }
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
    const { reader } = this;
    if (this.index >= RECORDS_PER_REQUEST_MAX) {
      reader.exceed(`more than ${RECORDS_PER_REQUEST_MAX} ${this.#envelope.record}s in one request`);
      return;
    }
    this.inRecord = true;
    const size = stop - reader.at;
    const refusal = this.#envelope.read(reader, this.#attributes, stop, this.#batch, this.#row);
    if (reader.fault !== '') return;
    if (refusal === undefined) {
      this.accepted++;
      this.#writeShared(this.#resource);
      this.#writeShared(this.#scope);
      this.#countRow(size);
    } else {
      if (this.rejected < REJECTIONS_TOLD_MAX) {
        this.rejections.push({
          index: this.index,
          code: 'invalid',
          kind: refusal.kind,
          reason: `Cannot accept ${this.#envelope.record} ${this.index}: ${refusal.reason}`,
        });
      }
      this.rejected++;
    }
    if (reader.fault !== '') return;
    this.inRecord = false;
    this.index++;
  }

  #writeShared(shared: SharedValue): void {
    if (shared.write(this.#batch)) {
      this.#bytesBound += ROW_BYTES_BOUND + this.#row.tenant.length + GROWTH_BOUND * shared.size;
    }
  }

  /** Faults when the request has appended too much. The columns are summed only when they may hold that much. */
  #countRow(recordBytes: number): void {
    const { tenant, service, dialect, receiver } = this.#row;
    this.#bytesBound +=
      ROW_BYTES_BOUND +
      (tenant.length + service.length + dialect.length + receiver.length) +
      GROWTH_BOUND * recordBytes;
    if (this.#bytesBound > COLUMN_BYTES_PER_REQUEST_MAX) {
      this.#bytesBound = this.#batch.bytes() - this.#bytesBefore;
      if (this.#bytesBound > COLUMN_BYTES_PER_REQUEST_MAX) {
        this.reader.exceed(`the rows of the request take more than ${COLUMN_BYTES_PER_REQUEST_MAX} bytes`);
      }
      if (this.#batch.hasOverflowed()) this.reader.fail('there is no memory for its rows');
    }
    // An attribute is no shorter than 2 bytes, so only long records can have too many.
    if (recordBytes > 2 * ENTRIES_PER_RECORD_MAX) {
      const count = this.#batch[this.#envelope.table].attributes.openCount();
      if (count > ENTRIES_PER_RECORD_MAX) {
        this.reader.exceed(`it has more than ${ENTRIES_PER_RECORD_MAX} attributes`);
      }
    }
  }
}
