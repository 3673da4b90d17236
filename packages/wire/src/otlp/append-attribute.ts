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
