/**
 * Durations as people write them: `100ms`, `1.5h`, `1h2m`, `2d`. A number always has a unit, so that nobody
 * mistakes milliseconds for nanoseconds. (Jaeger's durations are Go's and stand with its parameters.)
 */
import { err, ok, type Result } from '@tracewright/std';
import { NANO_MAX } from './limits.ts';

export const DURATION_UNITS_NANO: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
  w: 604_800_000_000_000n,
  y: 31_536_000_000_000_000n,
};

const PRINTED = ['h', 'm', 's', 'ms', 'us', 'ns'] as const;

/** `1h2m`, `100ms`, `1s500ms`: reads back as exactly the same number of nanoseconds. */
export function printDuration(nano: bigint): string {
  if (nano === 0n) return '0s';
  let rest = nano < 0n ? -nano : nano;
  let text = nano < 0n ? '-' : '';
  for (const unit of PRINTED) {
    const size = DURATION_UNITS_NANO[unit] ?? 1n;
    if (rest >= size) text += `${rest / size}${unit}`;
    rest %= size;
  }
  return text;
}

const DURATION = /^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|[smhdwy]))+$/;

/** Nanoseconds of a duration; the failure is a phrase that follows the parameter's name. */
export function readDuration(text: string): Result<bigint, string> {
  const trimmed = text.trim();
  if (/^\d+(?:\.\d*)?$/.test(trimmed)) return err(`has no unit: write ${trimmed}ms or ${trimmed}s`);
  if (!DURATION.test(trimmed)) return err('is no duration such as 100ms, 1.5s or 1h2m');
  const nano = sumDuration(trimmed);
  return nano > NANO_MAX ? err('is too long') : ok(nano);
}

/** Sums parts such as `1h2m`; the caller has made sure of the form. */
export function sumDuration(text: string): bigint {
  let nano = 0n;
  for (const part of text.matchAll(/(\d*)\.?(\d*)(ns|us|µs|μs|ms|[smhdwy])/g)) {
    const unit = DURATION_UNITS_NANO[part[3] ?? ''] ?? 0n;
    nano += BigInt(part[1] || '0') * unit;
    const fraction = part[2] ?? '';
    if (fraction !== '') nano += (BigInt(fraction) * unit) / 10n ** BigInt(fraction.length);
  }
  return nano;
}
