/** Why an id cannot stand, in words, or '' when it can: its length must be right and not all of it zero. */
export function idFault(
  name: string,
  bytes: Uint8Array,
  from: number,
  size: number,
  expected: number,
): string {
  if (size !== expected) {
    return size === 0 ? `${name} is missing` : `${name} is ${size} bytes, expected ${expected}`;
  }
  for (let at = from; at < from + size; at++) if (bytes[at] !== 0) return '';
  return `${name} is all zeros`;
}
