/**
 * IntegerText: reads an integer of up to 64 bits from ASCII digits into two halves, so that no digit passes
 * through a double. A form with a fraction or an exponent is taken when it stands for an exact integer.
 */

const HALF = 0x1_0000_0000;

export class IntegerText {
  low = 0;
  high = 0;

  /** False when `text[from, to)` is no integer of 64 bits with (`signed`) or without a sign. */
  read(text: Uint8Array, from: number, to: number, signed: boolean): boolean {
    const negative = text[from] === 45;
    const first = negative ? from + 1 : from;
    if (first >= to) return false;
    let low = 0;
    let high = 0;
    for (let at = first; at < to; at++) {
      const digit = (text[at] as number) - 48;
      if (digit < 0 || digit > 9) return this.#readOther(text, from, to, signed);
      const sum = low * 10 + digit;
      low = sum % HALF;
      high = high * 10 + Math.floor(sum / HALF);
      if (high >= HALF) return false;
    }
    return this.#set(low, high, negative, signed);
  }

  #readOther(text: Uint8Array, from: number, to: number, signed: boolean): boolean {
    const value = parseNumber(text, from, to);
    if (value === undefined || !Number.isSafeInteger(value)) return false;
    const size = Math.abs(value);
    return this.#set(size % HALF, Math.floor(size / HALF), value < 0, signed);
  }

  #set(low: number, high: number, negative: boolean, signed: boolean): boolean {
    this.low = low;
    this.high = high;
    if (!negative) return !signed || high < 0x8000_0000;
    if (low === 0 && high === 0) return true;
    if (!signed || high > 0x8000_0000 || (high === 0x8000_0000 && low > 0)) return false;
    this.low = -low >>> 0;
    this.high = ~high >>> 0;
    if (this.low === 0) this.high = (this.high + 1) >>> 0;
    return true;
  }
}

/** A number in JSON's grammar; undefined for anything else. */
export function parseNumber(text: Uint8Array, from: number, to: number): number | undefined {
  if (to - from > NUMBER_BYTES_MAX) return undefined;
  let digits = '';
  for (let at = from; at < to; at++) digits += String.fromCharCode(text[at] as number);
  return /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/.test(digits) ? Number(digits) : undefined;
}

/** No double needs more digits than this, and no sender writes them. */
const NUMBER_BYTES_MAX = 1100;
