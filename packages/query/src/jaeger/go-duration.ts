/** Durations as Go's `time` package reads and prints them. */
import { err, ok, type Result } from '@tracewright/std';

const UNITS_NANO: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const INT64_MAX = 2n ** 63n - 1n;

/** `time.ParseDuration`, in nanoseconds. */
export function parseGoDuration(text: string): Result<bigint, string> {
  const invalid = err(`time: invalid duration ${quoteTime(text)}`);
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  let rest = text.slice(sign.length);
  if (rest === '0') return ok(0n);
  if (rest === '') return invalid;
  let nano = 0n;
  while (rest !== '') {
    const number = /^([0-9]*)(?:\.([0-9]*))?/.exec(rest);
    const whole = number?.[1] ?? '';
    const fraction = number?.[2] ?? '';
    if (whole === '' && fraction === '') return invalid;
    if (whole.replace(/^0+/, '').length > 19) return invalid;
    rest = rest.slice(number?.[0].length ?? 0);
    const unit = /^[^.0-9]*/.exec(rest)?.[0] ?? '';
    if (unit === '') return err(`time: missing unit in duration ${quoteTime(text)}`);
    const size = Object.hasOwn(UNITS_NANO, unit) ? UNITS_NANO[unit] : undefined;
    if (size === undefined)
      return err(`time: unknown unit ${quoteTime(unit)} in duration ${quoteTime(text)}`);
    rest = rest.slice(unit.length);
    // Digits beyond the eighteenth cannot change a nanosecond.
    const digits = fraction.slice(0, 18);
    nano += BigInt(whole || '0') * size;
    if (digits !== '') nano += (BigInt(digits) * size) / 10n ** BigInt(digits.length);
    if (nano > INT64_MAX + 1n) return invalid;
  }
  if (sign === '-') return ok(-nano);
  return nano > INT64_MAX ? invalid : ok(nano);
}

/** `time.Duration.String`: `1h2m3.5s`, `1.5ms`, `0s`. */
export function printGoDuration(nano: bigint): string {
  if (nano === 0n) return '0s';
  const sign = nano < 0n ? '-' : '';
  const size = nano < 0n ? -nano : nano;
  if (size < 1_000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${decimal(size, 3)}µs`;
  if (size < 1_000_000_000n) return `${sign}${decimal(size, 6)}ms`;
  const minutes = size / 60_000_000_000n;
  const seconds = `${decimal(size % 60_000_000_000n, 9)}s`;
  if (minutes === 0n) return sign + seconds;
  if (minutes < 60n) return `${sign}${minutes}m${seconds}`;
  return `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

function decimal(value: bigint, digits: number): string {
  const text = value.toString().padStart(digits + 1, '0');
  const fraction = text.slice(-digits).replace(/0+$/, '');
  return text.slice(0, -digits) + (fraction === '' ? '' : `.${fraction}`);
}

/** The quotes of the `time` package: everything beyond ASCII byte by byte. */
function quoteTime(text: string): string {
  let quoted = '';
  for (const byte of new TextEncoder().encode(text)) {
    const char = String.fromCharCode(byte);
    if (byte < 0x20 || byte >= 0x7f) quoted += `\\x${byte.toString(16).padStart(2, '0')}`;
    else quoted += char === '"' || char === '\\' ? `\\${char}` : char;
  }
  return `"${quoted}"`;
}
