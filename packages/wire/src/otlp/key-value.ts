/**
 * KeyValueReader: reads one attribute at a time into registers, the same way for spans, events, links,
 * logs, resources and scopes; each caller then appends it where it belongs.
 *
 * Strings, integers, doubles and booleans come apart; everything else (bytes, arrays, maps, nothing at all)
 * is the range of its AnyValue message, whose structure has been walked to the bottom. Bytes of strings are
 * not looked at: invalid UTF-8 and NUL pass as they are. When a field repeats, the last one counts.
 */
import { ATTRIBUTE_TYPE } from '@tracewright/model';
import { VALUE_DEPTH_MAX } from '../limits.ts';
import type { ProtobufReader } from '../primitives/protobuf-reader.ts';

export const KEY_VALUE_FIELDS = 0b110;
export const ANY_VALUE_FIELDS = 0b1111_1110;
const LIST_FIELDS = 0b10;

export class KeyValueReader {
  readonly #reader: ProtobufReader;
  keyFrom = 0;
  keyTo = 0;
  /** One of ATTRIBUTE_TYPE. */
  type = 0;
  /** The bytes of a string or a double, or the AnyValue message of `other`. */
  valueFrom = 0;
  valueTo = 0;
  /** Where the AnyValue message starts. */
  messageFrom = 0;
  /** An integer's halves; a boolean is 0 or 1 in `low`. */
  low = 0;
  high = 0;

  constructor(reader: ProtobufReader) {
    this.#reader = reader;
  }

  /** Reads the KeyValue that ends at `stop`. False after a fault. */
  read(stop: number): boolean {
    const reader = this.#reader;
    this.keyFrom = this.keyTo = reader.at;
    // No value at all is an empty AnyValue.
    this.type = ATTRIBUTE_TYPE.other;
    this.valueFrom = this.valueTo = reader.at;
    while (reader.at < stop) {
      const tag = reader.tag(stop);
      if (tag === 0x0a) {
        const end = reader.stop(stop);
        if (end < 0) return false;
        this.keyFrom = reader.at;
        this.keyTo = end;
        reader.at = end;
      } else if (tag === 0x12) {
        const end = reader.stop(stop);
        if (end < 0) return false;
        if (!this.readValue(end)) return false;
      } else reader.unknown(tag, stop, KEY_VALUE_FIELDS);
    }
    return reader.at === stop;
  }

  /** Reads the AnyValue that ends at `stop` into the value registers. False after a fault. */
  readValue(stop: number): boolean {
    const reader = this.#reader;
    this.messageFrom = reader.at;
    let type: number = ATTRIBUTE_TYPE.other;
    while (reader.at < stop) {
      const tag = reader.tag(stop);
      switch (tag) {
        case 0x0a: {
          const end = reader.stop(stop);
          if (end < 0) return false;
          type = ATTRIBUTE_TYPE.string;
          this.valueFrom = reader.at;
          this.valueTo = end;
          reader.at = end;
          break;
        }
        case 0x10:
          reader.varint(stop);
          type = ATTRIBUTE_TYPE.bool;
          this.low = reader.low !== 0 || reader.high !== 0 ? 1 : 0;
          break;
        case 0x18:
          reader.varint(stop);
          type = ATTRIBUTE_TYPE.int;
          this.low = reader.low;
          this.high = reader.high;
          break;
        case 0x21:
          this.valueFrom = reader.at;
          reader.fixed64(stop);
          type = ATTRIBUTE_TYPE.double;
          this.valueTo = reader.at;
          break;
        case 0x2a:
        case 0x32:
        case 0x3a: {
          const end = reader.stop(stop);
          if (end < 0) return false;
          type = ATTRIBUTE_TYPE.other;
          if (tag === 0x3a) reader.at = end;
          else walkList(reader, end, tag === 0x32, 1);
          break;
        }
        default:
          reader.unknown(tag, stop, ANY_VALUE_FIELDS);
      }
    }
    if (type === ATTRIBUTE_TYPE.other) {
      this.valueFrom = this.messageFrom;
      this.valueTo = stop;
    }
    this.type = type;
    return reader.at === stop;
  }
}

/** Walks an ArrayValue or a KeyValueList; its structure and depth are all that is asked. */
function walkList(reader: ProtobufReader, stop: number, isMap: boolean, depth: number): void {
  if (depth > VALUE_DEPTH_MAX) {
    reader.fail(`a value is nested deeper than ${VALUE_DEPTH_MAX}`);
    return;
  }
  while (reader.at < stop) {
    const tag = reader.tag(stop);
    if (tag === 0x0a) {
      const end = reader.stop(stop);
      if (end < 0) return;
      if (isMap) walkKeyValue(reader, end, depth);
      else walkValue(reader, end, depth);
    } else reader.unknown(tag, stop, LIST_FIELDS);
  }
}

function walkKeyValue(reader: ProtobufReader, stop: number, depth: number): void {
  while (reader.at < stop) {
    const tag = reader.tag(stop);
    if (tag === 0x12) {
      const end = reader.stop(stop);
      if (end < 0) return;
      walkValue(reader, end, depth);
    } else if (tag === 0x0a) reader.skip(tag, stop);
    else reader.unknown(tag, stop, KEY_VALUE_FIELDS);
  }
}

function walkValue(reader: ProtobufReader, stop: number, depth: number): void {
  while (reader.at < stop) {
    const tag = reader.tag(stop);
    if (tag === 0x2a || tag === 0x32) {
      const end = reader.stop(stop);
      if (end < 0) return;
      walkList(reader, end, tag === 0x32, depth + 1);
    } else if (tag === 0x0a || tag === 0x10 || tag === 0x18 || tag === 0x21 || tag === 0x3a) {
      reader.skip(tag, stop);
    } else reader.unknown(tag, stop, ANY_VALUE_FIELDS);
  }
}
