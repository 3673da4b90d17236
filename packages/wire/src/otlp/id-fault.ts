/** Why an id cannot stand, or undefined when it can: its length must be right and not all of it zero. */
import type { RejectionKind } from '@tracewright/model';

/** Why a record is refused alone. */
export type Refusal = { readonly kind: RejectionKind; readonly reason: string };

export function idFault(
  name: 'trace' | 'span',
  bytes: Uint8Array,
  from: number,
  size: number,
  expected: number,
): Refusal | undefined {
  if (size === 0) return { kind: `${name}-id-missing`, reason: `${name} id is missing` };
  if (size !== expected) {
    return { kind: `${name}-id-length`, reason: `${name} id is ${size} bytes, expected ${expected}` };
  }
  for (let at = from; at < from + size; at++) if (bytes[at] !== 0) return undefined;
  return { kind: `${name}-id-zero`, reason: `${name} id is all zeros` };
}
