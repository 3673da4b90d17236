/**
 * Decodes what the columns keep as messages (attribute values, resources, scopes) into values to read.
 *
 * The bytes were checked when they came in, yet nothing here throws or loops whatever they are: what cannot
 * be read ends the message. Text that is not UTF-8 reads with U+FFFD in the wrong places; the stored bytes
 * are not touched.
 */
import {
  ATTRIBUTE_TYPE,
  type Attribute,
  type AttributeValue,
  type EntityRef,
  type Resource,
  type Scope,
} from '@tracewright/model';
import { VALUE_DEPTH_MAX } from '../limits.ts';
import { ProtobufReader } from '../primitives/protobuf-reader.ts';
import { KeyValueReader } from './key-value.ts';
import { UNKNOWN_SERVICE } from './shared-value.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const EMPTY: AttributeValue = { type: 'empty' };

/** The value of one AnyValue message. */
export function decodeAnyValue(raw: Uint8Array): AttributeValue {
  return new ValueDecoder(raw).value(raw.length, 0);
}

export function decodeResource(raw: Uint8Array, schemaUrl: string): Resource {
  const values = new ValueDecoder(raw);
  const { reader } = values;
  const attributes: Attribute[] = [];
  const entityRefs: EntityRef[] = [];
  let droppedAttributes = 0;
  while (reader.at < raw.length) {
    const tag = reader.tag(raw.length);
    if (tag === 0x0a) {
      const end = reader.stop(raw.length);
      if (end >= 0) values.keyValue(end, 0, attributes);
    } else if (tag === 0x10) {
      reader.varint(raw.length);
      droppedAttributes = reader.low;
    } else if (tag === 0x1a) {
      const end = reader.stop(raw.length);
      if (end >= 0) entityRefs.push(values.entityRef(end));
    } else reader.skip(tag, raw.length);
  }
  const named = attributes.find(
    ({ key, value }) => key === 'service.name' && value.type === 'string' && value.value !== '',
  )?.value;
  return {
    service: named?.type === 'string' ? named.value : UNKNOWN_SERVICE,
    attributes,
    droppedAttributes,
    schemaUrl,
    ...(entityRefs.length === 0 ? {} : { entityRefs }),
  };
}

export function decodeScope(raw: Uint8Array, schemaUrl: string): Scope {
  const values = new ValueDecoder(raw);
  const { reader } = values;
  const attributes: Attribute[] = [];
  let name = '';
  let version = '';
  let droppedAttributes = 0;
  while (reader.at < raw.length) {
    const tag = reader.tag(raw.length);
    if (tag === 0x0a) name = values.text(raw.length);
    else if (tag === 0x12) version = values.text(raw.length);
    else if (tag === 0x1a) {
      const end = reader.stop(raw.length);
      if (end >= 0) values.keyValue(end, 0, attributes);
    } else if (tag === 0x20) {
      reader.varint(raw.length);
      droppedAttributes = reader.low;
    } else reader.skip(tag, raw.length);
  }
  return { name, version, attributes, droppedAttributes, schemaUrl };
}

class ValueDecoder {
  readonly reader: ProtobufReader;
  readonly #registers: KeyValueReader;

  constructor(raw: Uint8Array) {
    this.reader = new ProtobufReader(raw);
    this.#registers = new KeyValueReader(this.reader);
  }

  /** The text of a length-delimited field whose tag has been read. */
  text(end: number): string {
    const stop = this.reader.stop(end);
    if (stop < 0) return '';
    const from = this.reader.at;
    this.reader.at = stop;
    return this.#textOf(from, stop);
  }

  value(stop: number, depth: number): AttributeValue {
    return this.#registers.readValue(stop) ? this.#take(depth) : EMPTY;
  }

  keyValue(stop: number, depth: number, into: Attribute[]): void {
    const registers = this.#registers;
    if (!registers.read(stop)) return;
    const key = this.#textOf(registers.keyFrom, registers.keyTo);
    into.push({ key, value: this.#take(depth) });
  }

  entityRef(stop: number): EntityRef {
    const { reader } = this;
    const idKeys: string[] = [];
    const descriptionKeys: string[] = [];
    let schemaUrl = '';
    let type = '';
    while (reader.at < stop) {
      const tag = reader.tag(stop);
      if (tag === 0x0a) schemaUrl = this.text(stop);
      else if (tag === 0x12) type = this.text(stop);
      else if (tag === 0x1a) idKeys.push(this.text(stop));
      else if (tag === 0x22) descriptionKeys.push(this.text(stop));
      else reader.skip(tag, stop);
    }
    return { schemaUrl, type, idKeys, descriptionKeys };
  }

  /** The value that the registers hold; the reader stands behind it afterwards as before. */
  #take(depth: number): AttributeValue {
    const registers = this.#registers;
    switch (registers.type) {
      case ATTRIBUTE_TYPE.string:
        return { type: 'string', value: this.#textOf(registers.valueFrom, registers.valueTo) };
      case ATTRIBUTE_TYPE.bool:
        return { type: 'bool', value: registers.low !== 0 };
      case ATTRIBUTE_TYPE.int:
        return {
          type: 'int',
          value: BigInt.asIntN(64, (BigInt(registers.high) << 32n) | BigInt(registers.low)),
        };
      case ATTRIBUTE_TYPE.double: {
        const { bytes } = this.reader;
        const view = new DataView(bytes.buffer, bytes.byteOffset + registers.valueFrom, 8);
        return { type: 'double', value: view.getFloat64(0, true) };
      }
      default: {
        const resumeAt = this.reader.at;
        const value = this.#message(registers.valueFrom, registers.valueTo, depth);
        if (this.reader.fault === '') this.reader.at = resumeAt;
        return value;
      }
    }
  }

  /** An AnyValue that holds bytes, an array, a map or nothing. Pieces of one array or map are joined. */
  #message(from: number, stop: number, depth: number): AttributeValue {
    const { reader } = this;
    let value = EMPTY;
    if (depth > VALUE_DEPTH_MAX) return value;
    reader.at = from;
    while (reader.at < stop) {
      const tag = reader.tag(stop);
      if (tag !== 0x2a && tag !== 0x32 && tag !== 0x3a) {
        reader.skip(tag, stop);
        continue;
      }
      const end = reader.stop(stop);
      if (end < 0) break;
      if (tag === 0x3a) {
        value = { type: 'bytes', value: reader.bytes.slice(reader.at, end) };
        reader.at = end;
      } else if (tag === 0x2a) {
        const entries: AttributeValue[] = value.type === 'array' ? [...value.value] : [];
        this.#entries(end, (entryStop) => entries.push(this.value(entryStop, depth + 1)));
        value = { type: 'array', value: entries };
      } else {
        const entries: Attribute[] = value.type === 'map' ? [...value.value] : [];
        this.#entries(end, (entryStop) => this.keyValue(entryStop, depth + 1, entries));
        value = { type: 'map', value: entries };
      }
    }
    return value;
  }

  #entries(stop: number, each: (entryStop: number) => void): void {
    const { reader } = this;
    while (reader.at < stop) {
      const tag = reader.tag(stop);
      if (tag === 0x0a) {
        const end = reader.stop(stop);
        if (end >= 0) each(end);
      } else reader.skip(tag, stop);
    }
  }

  #textOf(from: number, to: number): string {
    return decoder.decode(this.reader.bytes.subarray(from, to));
  }
}
