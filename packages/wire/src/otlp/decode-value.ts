/**
 * Decodes what the columns keep as messages (attribute values, resources, scopes) into values to read.
 *
 * The bytes were checked when they came in, yet nothing here throws or loops whatever they are: what cannot
 * be read ends the message. Text that is not UTF-8 reads with U+FFFD in the wrong places; the stored bytes
 * are not touched.
 */
import type { Attribute, AttributeValue, EntityRef, Resource, Scope } from '@tracewright/model';
import { VALUE_DEPTH_MAX } from '../limits.ts';
import { ProtobufReader } from '../primitives/protobuf-reader.ts';
import { ANY_VALUE_FIELDS, KEY_VALUE_FIELDS } from './key-value.ts';
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

  constructor(raw: Uint8Array) {
    this.reader = new ProtobufReader(raw);
  }

  /** The text of a length-delimited field whose tag has been read. */
  text(end: number): string {
    const stop = this.reader.stop(end);
    if (stop < 0) return '';
    const from = this.reader.at;
    this.reader.at = stop;
    return this.#textOf(from, stop);
  }

  /** The AnyValue that ends at `stop`. What lies below it is read once, whatever the depth. */
  value(stop: number, depth: number): AttributeValue {
    const { reader } = this;
    let value = EMPTY;
    // Pieces of one array or map are joined by appending to the first.
    let entries: AttributeValue[] = [];
    let attributes: Attribute[] = [];
    while (reader.at < stop) {
      const tag = reader.tag(stop);
      switch (tag) {
        case 0x0a:
          value = { type: 'string', value: this.text(stop) };
          break;
        case 0x10:
          reader.varint(stop);
          value = { type: 'bool', value: reader.low !== 0 || reader.high !== 0 };
          break;
        case 0x18:
          reader.varint(stop);
          value = {
            type: 'int',
            value: BigInt.asIntN(64, (BigInt(reader.high) << 32n) | BigInt(reader.low)),
          };
          break;
        case 0x21:
          reader.fixed64(stop);
          value = { type: 'double', value: doubleOf(reader.low, reader.high) };
          break;
        case 0x2a:
        case 0x32:
        case 0x3a: {
          const end = reader.stop(stop);
          if (end < 0) break;
          if (depth > VALUE_DEPTH_MAX) reader.at = end;
          else if (tag === 0x3a) {
            value = { type: 'bytes', value: reader.bytes.slice(reader.at, end) };
            reader.at = end;
          } else if (tag === 0x2a) {
            if (value.type !== 'array') {
              entries = [];
              value = { type: 'array', value: entries };
            }
            this.#entries(end, depth, entries);
          } else {
            if (value.type !== 'map') {
              attributes = [];
              value = { type: 'map', value: attributes };
            }
            this.#attributes(end, depth, attributes);
          }
          break;
        }
        default:
          reader.unknown(tag, stop, ANY_VALUE_FIELDS);
      }
    }
    return value;
  }

  keyValue(stop: number, depth: number, into: Attribute[]): void {
    const { reader } = this;
    let key = '';
    let value = EMPTY;
    while (reader.at < stop) {
      const tag = reader.tag(stop);
      if (tag === 0x0a) key = this.text(stop);
      else if (tag === 0x12) {
        const end = reader.stop(stop);
        if (end >= 0) value = this.value(end, depth);
      } else reader.unknown(tag, stop, KEY_VALUE_FIELDS);
    }
    if (reader.fault === '') into.push({ key, value });
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

  #entries(stop: number, depth: number, into: AttributeValue[]): void {
    const { reader } = this;
    while (reader.at < stop) {
      const tag = reader.tag(stop);
      if (tag === 0x0a) {
        const end = reader.stop(stop);
        if (end >= 0) into.push(this.value(end, depth + 1));
      } else reader.skip(tag, stop);
    }
  }

  #attributes(stop: number, depth: number, into: Attribute[]): void {
    const { reader } = this;
    while (reader.at < stop) {
      const tag = reader.tag(stop);
      if (tag === 0x0a) {
        const end = reader.stop(stop);
        if (end >= 0) this.keyValue(end, depth + 1, into);
      } else reader.skip(tag, stop);
    }
  }

  #textOf(from: number, to: number): string {
    return decoder.decode(this.reader.bytes.subarray(from, to));
  }
}

const halves = new DataView(new ArrayBuffer(8));

function doubleOf(low: number, high: number): number {
  halves.setUint32(0, low, true);
  halves.setUint32(4, high, true);
  return halves.getFloat64(0, true);
}
