/**
 * Times and durations of spans as people read them, from exact nanoseconds.
 */

/** Four significant places at most, in the unit that keeps the number small: "312.4ms", "1.52s", "3m12s". */
export function durationText(nano: bigint): string {
  if (nano < 0n) return `-${durationText(-nano)}`;
  if (nano < 1000n) return `${nano}ns`;
  const us = Number(nano) / 1000;
  // The bounds are where rounding to the shown digits would reach the next unit.
  if (us < 999.95) return `${trimmed(us, us < 9.995 ? 2 : 1)}µs`;
  const ms = us / 1000;
  if (ms < 999.95) return `${trimmed(ms, ms < 9.995 ? 2 : 1)}ms`;
  const s = ms / 1000;
  if (s < 59.995) return `${trimmed(s, 2)}s`;
  const whole = Math.round(s);
  if (whole < 3600) return `${Math.floor(whole / 60)}m${pad2(whole % 60)}s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)}h${pad2(minutes % 60)}m`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)}d${hours % 24}h`;
}

/** How a program prints a time: `utc` gives ISO 8601, otherwise the clock on the wall. */
export interface TimeStyle {
  readonly utc: boolean;
}

/** "2026-11-24 17:33:01.123", or "2026-11-24T17:33:01.123Z". */
export function timeText(nano: bigint, { utc }: TimeStyle): string {
  const date = new Date(Number(nano / 1_000_000n));
  if (Number.isNaN(date.getTime())) return `${nano}ns`;
  if (utc) return date.toISOString();
  return `${date.getFullYear()}-${pad2(date.getMonth() + 1)}-${pad2(date.getDate())} ${clockText(nano, { utc })}`;
}

/** Only the time of the day, to the millisecond. */
export function clockText(nano: bigint, { utc }: TimeStyle): string {
  const date = new Date(Number(nano / 1_000_000n));
  if (Number.isNaN(date.getTime())) return `${nano}ns`;
  if (utc) return date.toISOString().slice(11, 23);
  const ms = String(date.getMilliseconds()).padStart(3, '0');
  return `${pad2(date.getHours())}:${pad2(date.getMinutes())}:${pad2(date.getSeconds())}.${ms}`;
}

/** Nanoseconds from the text or number of a JSON answer; zero for what is none. */
export function nanoOf(value: string | number | undefined): bigint {
  if (value === undefined) return 0n;
  const text = String(value);
  return /^\d+$/.test(text) ? BigInt(text) : 0n;
}

/** Math.min for nanoseconds, which are bigints. */
export function earlier(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** Math.max for nanoseconds. */
export function later(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function trimmed(value: number, digits: number): string {
  return value.toFixed(digits).replace(/\.?0+$/, '');
}

function pad2(value: number): string {
  return String(value).padStart(2, '0');
}
