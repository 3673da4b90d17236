/**
 * Lower-case hexadecimal, both ways. The table-driven forms exist because ids are printed and parsed for
 * every span that is read.
 */

const DIGITS = '0123456789abcdef';
const PAIRS: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => DIGITS.charAt(byte >> 4) + DIGITS.charAt(byte & 15),
);

/** Prints `bytes[from, to)` as lower-case hex, two digits a byte. */
export function printHex(bytes: Uint8Array, from: number = 0, to: number = bytes.length): string {
  let text = '';
  for (let at = from; at < to; at++) text += PAIRS[bytes[at] ?? 0];
  return text;
}

/** Parses hex in either case; undefined for an odd count of digits or anything that is not a digit. */
export function parseHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at++) {
    const high = digit(text.charCodeAt(at * 2));
    const low = digit(text.charCodeAt(at * 2 + 1));
    if (high < 0 || low < 0) return undefined;
    bytes[at] = (high << 4) | low;
  }
  return bytes;
}

function digit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 97 && code <= 102) return code - 87;
  if (code >= 65 && code <= 70) return code - 55;
  return -1;
}
