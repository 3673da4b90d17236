/** Changes that know nothing of what they change: stretches of bytes or of text removed, repeated, moved, replaced. */
import type { Random } from './random.ts';

const TELLING_BYTES = [0, 1, 0x7f, 0x80, 0xff, 0x0a, 0x20, 0x22];
const STRETCH_MAX = 24;

/** A few changes; the input stays as it is. */
export function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  let changed = Uint8Array.from(bytes);
  for (let change = 1 + random.small(4); change > 0; change--) changed = changeOnce(changed, random);
  return changed;
}

function changeOnce(bytes: Uint8Array<ArrayBuffer>, random: Random): Uint8Array<ArrayBuffer> {
  const at = random.below(bytes.length + 1);
  const size = Math.min(random.below(STRETCH_MAX), bytes.length - at);
  const stretch = bytes.slice(at, at + size);
  switch (random.below(7)) {
    case 0:
      if (at < bytes.length) bytes[at] = random.pick(TELLING_BYTES);
      return bytes;
    case 1:
      if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
      return bytes;
    case 2:
      return joinBytes(bytes.subarray(0, at), bytes.subarray(at + size));
    case 3:
      return joinBytes(bytes.subarray(0, at + size), stretch, bytes.subarray(at + size));
    case 4:
      bytes.set(stretch, random.below(bytes.length - size + 1));
      return bytes;
    case 5:
      return bytes.slice(0, at);
    default:
      return joinBytes(bytes.subarray(0, at), random.bytes(1 + random.below(8)), bytes.subarray(at));
  }
}

/** A few changes to a text; `words` are what its language is made of, and are thrown in now and then. */
export function mutateText(text: string, random: Random, words: readonly string[]): string {
  let changed = text;
  for (let change = 1 + random.small(4); change > 0; change--) {
    const at = random.below(changed.length + 1);
    const size = random.below(STRETCH_MAX);
    const [before, stretch, after] = [
      changed.slice(0, at),
      changed.slice(at, at + size),
      changed.slice(at + size),
    ];
    switch (random.below(6)) {
      case 0:
        changed = before + after;
        break;
      case 1:
        changed = before + stretch + stretch + after;
        break;
      case 2:
        changed = before;
        break;
      case 3:
        changed = before + String.fromCharCode(random.small(0x1_0000)) + stretch + after;
        break;
      default:
        changed = before + random.pick(words) + (random.chance(0.5) ? stretch : '') + after;
    }
  }
  return changed;
}

export function joinBytes(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
