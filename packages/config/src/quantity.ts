/**
 * Durations and sizes as people write them: "300ms", "1h30m", "64MiB", "1.5GiB".
 *
 * `print(parse(text))` is the canonical text, and `parse(print(value))` is the value, for every value with at
 * most microseconds (durations) or whole bytes (sizes).
 */

const durationUnits: readonly (readonly [unit: string, ms: number])[] = [
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
  ['us', 0.001],
  ['µs', 0.001],
];

const byteUnits: readonly (readonly [unit: string, bytes: number])[] = [
  ['TiB', 2 ** 40],
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 2 ** 10],
  ['TB', 1e12],
  ['GB', 1e9],
  ['MB', 1e6],
  ['kB', 1e3],
  ['KB', 1e3],
  ['B', 1],
];

/** Milliseconds, or undefined when the text is no duration. A bare number is refused, except 0. */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed === '0') return 0;
  const part = /(\d+(?:\.\d+)?)\s*(ms|us|µs|w|d|h|m|s)\s*/gy;
  let total = 0;
  let end = 0;
  while (end < trimmed.length) {
    part.lastIndex = end;
    const match = part.exec(trimmed);
    if (match === null) return undefined;
    total += Number(match[1]) * unitFactor(durationUnits, match[2] ?? '');
    end = part.lastIndex;
  }
  // Microseconds are the finest unit, so rounding there removes only what binary fractions added.
  const rounded = Math.round(total * 1000) / 1000;
  return end === 0 || !Number.isSafeInteger(Math.round(total)) ? undefined : rounded;
}

/** The text with the largest units that hold the value exactly: 90000 → "1m30s". */
export function printDuration(ms: number): string {
  if (ms === 0) return '0';
  let rest = Math.round(ms * 1000);
  let text = '';
  for (const [unit, factor] of durationUnits) {
    const size = factor * 1000;
    // Weeks are understood but not printed: retention of "14d" reads better than "2w".
    if (unit === 'w' || unit === 'µs' || rest < size) continue;
    const count = Math.floor(rest / size);
    text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}

/** Bytes, or undefined when the text is no size. A bare number counts bytes. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text.trim());
  if (match === null) return undefined;
  const [, digits = '', unit = ''] = match;
  const factor = unit === '' ? 1 : unitFactor(byteUnits, unit);
  const bytes = Math.round(Number(digits) * factor);
  return Number.isSafeInteger(bytes) && factor > 0 ? bytes : undefined;
}

/** The text in the largest binary unit that holds the value exactly in at most two decimals. */
export function printBytes(bytes: number): string {
  for (const [unit, factor] of byteUnits) {
    if (!unit.endsWith('iB') || bytes < factor) continue;
    const hundredths = (bytes / factor) * 100;
    if (Number.isInteger(hundredths)) return `${hundredths / 100}${unit}`;
  }
  return bytes === 0 ? '0' : `${bytes}B`;
}

function unitFactor(units: readonly (readonly [string, number])[], unit: string): number {
  return units.find(([name]) => name === unit)?.[1] ?? 0;
}
