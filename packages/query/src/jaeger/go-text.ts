/**
 * Numbers, truth values and quotes as Go reads and prints them, because Jaeger's clients see Go's words in
 * error messages.
 */
import { err, ok, type Result } from '@tracewright/std';

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
};

/** `strconv.Quote`; `quote` is the delimiter. */
export function quoteGo(text: string, quote: '"' | "'" = '"'): string {
  let quoted = '';
  for (const char of text.toWellFormed()) {
    const code = char.codePointAt(0) ?? 0;
    if (char === quote) quoted += `\\${quote}`;
    else if (SHORT_ESCAPES[char] !== undefined) quoted += SHORT_ESCAPES[char];
    else if (code < 0x20 || code === 0x7f) quoted += `\\x${code.toString(16).padStart(2, '0')}`;
    // Go prints what is a letter, mark, number, punctuation or symbol, and of the spaces only the plain one.
    else if (code < 0x7f || /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(char)) quoted += char;
    else if (code > 0xffff) quoted += `\\U${code.toString(16).padStart(8, '0')}`;
    else quoted += `\\u${code.toString(16).padStart(4, '0')}`;
  }
  return quote + quoted + quote;
}

/** `strconv.ParseInt(text, 10, bits)`. */
export function parseGoInt(text: string, bits: 32 | 64): Result<bigint, string> {
  const fail = (why: string): { ok: false; failure: string } =>
    err(`strconv.ParseInt: parsing ${quoteGo(text)}: ${why}`);
  if (!/^[+-]?[0-9]+$/.test(text)) return fail('invalid syntax');
  const limit = 1n << BigInt(bits - 1);
  // Longer than any 64-bit number, leading zeros aside: no need to build it.
  if (text.replace(/^[+-]?0*/, '').length > 20) return fail('value out of range');
  const value = BigInt(text.replace('+', ''));
  return value >= limit || value < -limit ? fail('value out of range') : ok(value);
}

/** `strconv.ParseBool`. */
export function parseGoBool(text: string): Result<boolean, string> {
  if (/^(?:1|t|T|TRUE|true|True)$/.test(text)) return ok(true);
  if (/^(?:0|f|F|FALSE|false|False)$/.test(text)) return ok(false);
  return err(`strconv.ParseBool: parsing ${quoteGo(text)}: invalid syntax`);
}

/** A trace id as Jaeger takes it: up to 32 hex digits, the last 16 of which are the low half. */
export function parseGoTraceId(text: string): Result<string, string> {
  const length = new TextEncoder().encode(text).length;
  if (length > 32) return err(`TraceID cannot be longer than 32 hex characters: ${text}`);
  const halves = length > 16 ? [text.slice(0, -16), text.slice(-16)] : [text];
  for (const half of halves) {
    if (!/^[0-9a-fA-F]+$/.test(half))
      return err(`strconv.ParseUint: parsing ${quoteGo(half)}: invalid syntax`);
  }
  return ok(text.toLowerCase().padStart(32, '0'));
}
