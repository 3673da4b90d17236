/**
 * SharedValue: the resource or the scope of the frame that is being decoded: where its bytes lie, its
 * identity, its service, and whether its row stands already.
 *
 * A message that was sent in several pieces (which protobuf merges by joining them) is put together in a
 * buffer of its own with a reader of its own; otherwise all happens in the request's bytes.
 */
import { ATTRIBUTE_TYPE, type RecordBatch, SHARED_KIND, type SharedId, sharedId } from '@tracewright/model';
import { ProtobufReader } from '../primitives/protobuf-reader.ts';
import { appendAttribute } from './append-attribute.ts';
import { KeyValueReader } from './key-value.ts';

const encoder = new TextEncoder();
const SERVICE_KEY: Uint8Array = encoder.encode('service.name');
/** What OpenTelemetry calls a service without a name. */
export const UNKNOWN_SERVICE = 'unknown_service';
const UNKNOWN_SERVICE_BYTES: Uint8Array = encoder.encode(UNKNOWN_SERVICE);
const RESOURCE_FIELDS = 0b110;
const ENTITY_REF_TAG = 0x1a;
const ENTITY_REF_FIELDS = 0b11110;
const SCOPE_FIELDS = 0b11110;

export class SharedValue {
  /** Of a resource: its `service.name` when that is a string with something in it. */
  service: Uint8Array = UNKNOWN_SERVICE_BYTES;
  id: SharedId = { low: 0, high: 0, key: '' };

  readonly #kind: number;
  readonly #tenant: Uint8Array;
  readonly #keyPrefix: string;
  #reader: ProtobufReader;
  #attributes: KeyValueReader;
  readonly #requestReader: ProtobufReader;
  readonly #requestAttributes: KeyValueReader;
  readonly #pieces: number[] = [];
  #from = 0;
  #to = 0;
  #urlFrom = 0;
  #urlTo = 0;
  #written = false;

  /** `keyPrefix` stands before the id in `RecordBatch.known`. */
  constructor(
    kind: keyof typeof SHARED_KIND,
    tenant: Uint8Array,
    keyPrefix: string,
    reader: ProtobufReader,
    attributes: KeyValueReader,
  ) {
    this.#kind = SHARED_KIND[kind];
    this.#tenant = tenant;
    this.#keyPrefix = keyPrefix;
    this.#reader = this.#requestReader = reader;
    this.#attributes = this.#requestAttributes = attributes;
  }

  /** Forgets the frame before. */
  begin(): void {
    this.#pieces.length = 0;
    this.#urlFrom = this.#urlTo = 0;
    this.#written = false;
  }

  /** One piece of the message; normally the only one. */
  piece(from: number, to: number): void {
    this.#pieces.push(from, to);
  }

  schemaUrl(from: number, to: number): void {
    this.#urlFrom = from;
    this.#urlTo = to;
  }

  /** Checks the message and finds out its id and service. Faults go to the request's reader, whose `at` is spent. */
  identify(): void {
    this.#reader = this.#requestReader;
    this.#attributes = this.#requestAttributes;
    if (this.#pieces.length > 2) this.#join();
    else {
      this.#from = this.#pieces[0] ?? 0;
      this.#to = this.#pieces[1] ?? 0;
    }
    this.#check();
    const { bytes, fault } = this.#reader;
    if (fault !== '') {
      this.#requestReader.fail(fault);
      return;
    }
    this.id = sharedId(this.#kind, bytes, this.#from, this.#to, this.#urlFrom, this.#urlTo);
  }

  /** How long the message and its schema URL are. */
  get size(): number {
    return this.#to - this.#from + (this.#urlTo - this.#urlFrom);
  }

  /** Writes the row, unless it was written or is known to stand elsewhere; says whether it did. */
  write(batch: RecordBatch): boolean {
    if (this.#written) return false;
    this.#written = true;
    if (!batch.needsShared(this.#keyPrefix + this.id.key)) return false;
    this.#append(batch);
    return true;
  }

  #join(): void {
    const source = this.#requestReader.bytes;
    let size = this.#urlTo - this.#urlFrom;
    for (let at = 0; at < this.#pieces.length; at += 2)
      size += (this.#pieces[at + 1] as number) - (this.#pieces[at] as number);
    const joined = new Uint8Array(size);
    let end = 0;
    for (let at = 0; at < this.#pieces.length; at += 2) {
      const piece = source.subarray(this.#pieces[at], this.#pieces[at + 1]);
      joined.set(piece, end);
      end += piece.length;
    }
    joined.set(source.subarray(this.#urlFrom, this.#urlTo), end);
    this.#from = 0;
    this.#to = this.#urlFrom = end;
    this.#urlTo = size;
    this.#reader = new ProtobufReader(joined);
    this.#attributes = new KeyValueReader(this.#reader);
  }

  #check(): void {
    const reader = this.#reader;
    const attributes = this.#attributes;
    const stop = this.#to;
    const isResource = this.#kind === SHARED_KIND.resource;
    const attributesTag = isResource ? 0x0a : 0x1a;
    const droppedTag = isResource ? 0x10 : 0x20;
    let serviceFrom = 0;
    let serviceTo = 0;
    reader.at = this.#from;
    while (reader.at < stop) {
      const tag = reader.tag(stop);
      if (tag === attributesTag) {
        const end = reader.stop(stop);
        if (end < 0 || !attributes.read(end)) return;
        if (
          isResource &&
          serviceTo === 0 &&
          attributes.type === ATTRIBUTE_TYPE.string &&
          attributes.valueTo > attributes.valueFrom &&
          isServiceKey(reader.bytes, attributes.keyFrom, attributes.keyTo)
        ) {
          serviceFrom = attributes.valueFrom;
          serviceTo = attributes.valueTo;
        }
      } else if (isResource && tag === ENTITY_REF_TAG) checkEntityRef(reader, stop);
      else if (tag === droppedTag || (!isResource && (tag === 0x0a || tag === 0x12))) reader.skip(tag, stop);
      else reader.unknown(tag, stop, isResource ? RESOURCE_FIELDS : SCOPE_FIELDS);
    }
    if (isResource) {
      this.service = serviceTo === 0 ? UNKNOWN_SERVICE_BYTES : reader.bytes.subarray(serviceFrom, serviceTo);
    }
  }

  /** Appends the row. The message has been checked, so nothing here can fail. */
  #append(batch: RecordBatch): void {
    const reader = this.#reader;
    const attributes = this.#attributes;
    const { shared } = batch;
    const stop = this.#to;
    const isResource = this.#kind === SHARED_KIND.resource;
    const attributesTag = isResource ? 0x0a : 0x1a;
    const droppedTag = isResource ? 0x10 : 0x20;
    const resumeAt = reader.at;
    shared.begin(reader.bytes, this.#kind);
    reader.at = this.#from;
    while (reader.at < stop) {
      const tag = reader.tag(stop);
      if (tag === attributesTag) {
        attributes.read(reader.stop(stop));
        appendAttribute(attributes, shared);
      } else if (tag === droppedTag) {
        reader.varint(stop);
        shared.droppedAttributes = reader.low;
      } else if (!isResource && (tag === 0x0a || tag === 0x12)) {
        const end = reader.stop(stop);
        if (tag === 0x0a) {
          shared.nameFrom = reader.at;
          shared.nameTo = end;
        } else {
          shared.versionFrom = reader.at;
          shared.versionTo = end;
        }
        reader.at = end;
      } else reader.skip(tag, stop);
    }
    shared.rawFrom = this.#from;
    shared.rawTo = stop;
    shared.schemaUrlFrom = this.#urlFrom;
    shared.schemaUrlTo = this.#urlTo;
    shared.end(this.#tenant, isResource ? this.service : NO_SERVICE, this.id);
    reader.at = resumeAt;
  }
}

/** Its columns do not hold it, but whoever reads the message later must come to its end. */
function checkEntityRef(reader: ProtobufReader, stop: number): void {
  const end = reader.stop(stop);
  while (end >= 0 && reader.at < end) {
    const tag = reader.tag(end);
    if (tag === 0x0a || tag === 0x12 || tag === 0x1a || tag === 0x22) reader.skip(tag, end);
    else reader.unknown(tag, end, ENTITY_REF_FIELDS);
  }
}

const NO_SERVICE: Uint8Array = new Uint8Array(0);

function isServiceKey(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from !== SERVICE_KEY.length) return false;
  for (let at = 0; at < SERVICE_KEY.length; at++) if (bytes[from + at] !== SERVICE_KEY[at]) return false;
  return true;
}
