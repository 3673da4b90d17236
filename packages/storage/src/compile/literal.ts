/**
 * The only way by which a value from outside gets into SQL text. A literal is plain ASCII whatever it says:
 * every byte that is not a harmless character is escaped, so no quote, backslash, NUL or broken UTF-8 ends it.
 */
const encoder = new TextEncoder();

/** Characters that stand for themselves in a literal. */
const HARMLESS = /^[A-Za-z0-9 _.,:;/@#$%&*()+=<>?![\]{}|~^"`-]*$/;

export function printText(value: string): string {
  if (HARMLESS.test(value)) return `'${value}'`;
  return printBytes(encoder.encode(value));
}

export function printBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    const char = String.fromCharCode(byte);
    text += byte < 128 && HARMLESS.test(char) ? char : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return `'${text}'`;
}

/** Hex digits, already known to be such, as the bytes that they name. */
export function printHexBytes(hex: string): string {
  return `unhex(${printText(hex)})`;
}

/** Any 64-bit number, with its sign, as a literal that the engine reads without going through a float. */
export function printInteger(value: bigint): string {
  return value.toString();
}

/** A double with all its digits. */
export function printDouble(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  return `toFloat64(${printText(String(value))})`;
}
