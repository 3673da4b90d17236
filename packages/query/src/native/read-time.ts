/**
 * Points in time as people and programs write them: RFC 3339 with up to nine digits of a second, an epoch in
 * seconds, milliseconds, microseconds or nanoseconds (told apart by magnitude), or relative to now (`-1h`,
 * `now`, `now-15m`).
 */
import { err, ok, type Result } from '@tracewright/std';
import { readDuration } from '../duration.ts';
import { NANO_MAX } from '../limits.ts';

const RFC3339 =
  /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d{2}:?\d{2}))?$/;

/** Nanoseconds since the epoch; the failure is a phrase that follows the parameter's name. */
export function readTime(text: string, nowNano: bigint): Result<bigint, string> {
  const trimmed = text.trim();
  const read = readAny(trimmed, nowNano);
  if (!read.ok) return read;
  if (read.value < 0n || read.value > NANO_MAX) return err('lies before 1970 or after 2554');
  return read;
}

function readAny(text: string, nowNano: bigint): Result<bigint, string> {
  if (text === 'now') return ok(nowNano);
  const relative = /^(?:now)?([+-])(.+)$/.exec(text);
  if (relative !== null) {
    const distance = readDuration(relative[2] ?? '');
    if (!distance.ok) return distance;
    return ok(relative[1] === '-' ? nowNano - distance.value : nowNano + distance.value);
  }
  const epoch = /^(\d{1,20})(?:\.(\d{1,9})\d*)?$/.exec(text);
  if (epoch !== null) return ok(readEpoch(epoch[1] ?? '', epoch[2] ?? ''));
  const date = RFC3339.exec(text);
  if (date === null) return err('is no time such as 2026-01-31T12:00:00Z, 1769860800 or -1h');
  const [, day, clock = '00:00', fraction = '', zone = 'Z'] = date;
  const ms = Date.parse(`${day}T${clock.length === 5 ? `${clock}:00` : clock}${zone.toUpperCase()}`);
  if (Number.isNaN(ms) || !sameDay(day ?? '')) return err('is no day of the calendar');
  return ok(BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0')));
}

/** `Date.parse` moves 31 February on to March; such a day is a mistake here. */
function sameDay(day: string): boolean {
  const ms = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day);
}

/** Below 1e11 it is seconds (until the year 5138), below 1e14 milliseconds, below 1e17 microseconds. */
function readEpoch(digits: string, fraction: string): bigint {
  const value = BigInt(digits);
  const unit =
    value < 10n ** 11n ? 1_000_000_000n : value < 10n ** 14n ? 1_000_000n : value < 10n ** 17n ? 1_000n : 1n;
  return value * unit + (BigInt(fraction.padEnd(9, '0')) * unit) / 1_000_000_000n;
}
