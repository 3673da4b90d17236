/** Appends the attribute that a KeyValueReader holds to the open row of a batch, by its type. */
import { ATTRIBUTE_TYPE, type TableBatch } from '@tracewright/model';
import type { KeyValueReader } from './key-value.ts';

export function appendAttribute(from: KeyValueReader, to: TableBatch): void {
  switch (from.type) {
    case ATTRIBUTE_TYPE.string:
      to.stringAttribute(from.keyFrom, from.keyTo, from.valueFrom, from.valueTo);
      break;
    case ATTRIBUTE_TYPE.int:
      to.intAttribute(from.keyFrom, from.keyTo, from.low, from.high);
      break;
    case ATTRIBUTE_TYPE.double:
      to.doubleAttribute(from.keyFrom, from.keyTo, from.valueFrom);
      break;
    case ATTRIBUTE_TYPE.bool:
      to.boolAttribute(from.keyFrom, from.keyTo, from.low !== 0);
      break;
    default:
      to.otherAttribute(from.keyFrom, from.keyTo, from.valueFrom, from.valueTo);
  }
}

/**
 * Appends the KeyValue whose length stands at `at` when it is of the form that nearly all have: a key, then a string,
 * boolean, double or small integer, each once and with a length of one byte. Gives the offset behind it, or -1 when
 * it is of any other form, damaged ones included, and nothing was appended: `KeyValueReader` knows what to make of it.
 */
export function appendPlainAttribute(bytes: Uint8Array, at: number, stop: number, to: TableBatch): number {
  const end = at + 1 + (bytes[at] as number);
  const keyFrom = at + 3;
  const keyTo = keyFrom + (bytes[at + 2] as number);
  // Behind the key there are a tag, a length, a tag and at least one byte; so every length is below 128.
  if (end > stop || (bytes[at] as number) > 127 || keyTo + 4 > end) return -1;
  if (bytes[at + 1] !== KEY_TAG || bytes[keyTo] !== VALUE_TAG || bytes[keyTo + 1] !== end - keyTo - 2)
    return -1;
  const valueAt = keyTo + 3;
  const first = bytes[valueAt] as number;
  switch (bytes[keyTo + 2]) {
    case STRING_TAG:
      if (first !== end - valueAt - 1) return -1;
      to.stringAttribute(keyFrom, keyTo, valueAt + 1, end);
      return end;
    case INT_TAG:
      if (first < 128 && valueAt + 1 === end) to.intAttribute(keyFrom, keyTo, first, 0);
      else {
        const second = bytes[valueAt + 1] as number;
        if (first < 128 || second > 127 || valueAt + 2 !== end) return -1;
        to.intAttribute(keyFrom, keyTo, (first & 127) | (second << 7), 0);
      }
      return end;
    case BOOL_TAG:
      if (first > 127 || valueAt + 1 !== end) return -1;
      to.boolAttribute(keyFrom, keyTo, first !== 0);
      return end;
    case DOUBLE_TAG:
      if (valueAt + 8 !== end) return -1;
      to.doubleAttribute(keyFrom, keyTo, valueAt);
      return end;
    default:
      return -1;
  }
}

const KEY_TAG = 0x0a;
const VALUE_TAG = 0x12;
const STRING_TAG = 0x0a;
const BOOL_TAG = 0x10;
const INT_TAG = 0x18;
const DOUBLE_TAG = 0x21;
