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
    const parts = NUMBER.exec(ascii(text, from, to));
    if (parts === null) return false;
    const [, minus = '', whole = '', fraction = '', exponent = '0'] = parts;
    const shift = Number(exponent) - fraction.length;
    if (Math.abs(shift) > NUMBER_BYTES_MAX) return false;
    let digits = whole + fraction;
    if (shift >= 0) digits += '0'.repeat(shift);
    else {
      const cut = Math.max(0, digits.length + shift);
      if (/[1-9]/.test(digits.slice(cut))) return false;
      digits = digits.slice(0, cut);
    }
    const size = BigInt(digits);
    if (size >= 0x1_0000_0000_0000_0000n) return false;
    return this.#set(Number(size & 0xffff_ffffn), Number(size >> 32n), minus !== '', signed);
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
  const digits = ascii(text, from, to);
  return NUMBER.test(digits) ? Number(digits) : undefined;
}

/** Sign, whole digits, digits of the fraction, exponent. */
const NUMBER = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/;

/** No double needs more digits than this, and no sender writes them: longer text is not looked at. */
const NUMBER_BYTES_MAX = 1100;

function ascii(text: Uint8Array, from: number, to: number): string {
  if (to - from > NUMBER_BYTES_MAX) return '';
  let digits = '';
  for (let at = from; at < to; at++) digits += String.fromCharCode(text[at] as number);
  return digits;
}
