/** Base64 both ways: printed in the standard alphabet with padding, read in either alphabet with or without it. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const CODES: Int8Array = codes();

export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const first = bytes[at] as number;
    const second = bytes[at + 1] ?? 0;
    const third = bytes[at + 2] ?? 0;
    text += ALPHABET.charAt(first >> 2) + ALPHABET.charAt(((first & 3) << 4) | (second >> 4));
    text += at + 1 < bytes.length ? ALPHABET.charAt(((second & 15) << 2) | (third >> 6)) : '=';
    text += at + 2 < bytes.length ? ALPHABET.charAt(third & 63) : '=';
  }
  return text;
}

/** The bytes of the ASCII text in `source[from, to)`; undefined when it is not base64. */
export function decodeBase64(source: Uint8Array, from: number, to: number): Uint8Array | undefined {
  let end = to;
  while (end > from && to - end < 2 && source[end - 1] === 61) end--;
  const digits = end - from;
  if (digits % 4 === 1 || (end !== to && (to - from) % 4 !== 0)) return undefined;
  const bytes = new Uint8Array(Math.floor((digits * 3) / 4));
  let bits = 0;
  let held = 0;
  let write = 0;
  for (let at = from; at < end; at++) {
    const code = CODES[source[at] as number] as number;
    if (code < 0) return undefined;
    held = ((held << 6) | code) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[write++] = held >> bits;
    }
  }
  return bytes;
}

function codes(): Int8Array {
  const table = new Int8Array(256).fill(-1);
  for (let at = 0; at < 64; at++) table[ALPHABET.charCodeAt(at)] = at;
  table['-'.charCodeAt(0)] = 62;
  table['_'.charCodeAt(0)] = 63;
  return table;
}
