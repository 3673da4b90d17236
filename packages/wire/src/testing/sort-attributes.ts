/**
 * Sorts attributes as equality wants it: by key, then by type, then by value. Within arrays and maps order
 * is part of the value and stays.
 */
import { type Attribute, attributeText } from '@tracewright/model';

export function sortAttributes(attributes: readonly Attribute[]): Attribute[] {
  return [...attributes].sort(
    (left, right) =>
      compare(left.key, right.key) ||
      compare(left.value.type, right.value.type) ||
      compare(attributeText(left.value), attributeText(right.value)),
  );
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
