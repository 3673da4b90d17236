/**
 * Text → value, for each kind of setting and option.
 *
 * The same function reads a scalar of the file, an environment variable and a flag, so that one spelling means
 * one thing wherever it stands. A failure says what was expected, not only that something was wrong.
 */
import { err, ok, type Result } from '@tracewright/std';
import { parseBytes, parseDuration, printBytes, printDuration } from './quantity.ts';
import type { SettingValue, ValueSpec } from './setting.ts';

/** Why a text is not a value of its kind. */
export interface WrongValue {
  /** A noun phrase: "a size such as 64MiB". */
  readonly expected: string;
  /** For kinds with fixed words: all of them, so that the nearest can be named. */
  readonly words?: readonly string[];
}

const yes = new Set(['true', 'yes', 'on', '1']);
const no = new Set(['false', 'no', 'off', '0']);

/** Reads one text. Lists take commas; the file hands over its lists as arrays, through `parseList`. */
export function parseValue(spec: ValueSpec, text: string): Result<SettingValue, WrongValue> {
  const wrong = err<WrongValue>({ expected: expectation(spec) });
  switch (spec.kind) {
    case 'string':
      return ok(text);
    case 'secret':
      return text === '' || /[\r\n\0]/.test(text) ? wrong : ok(text);
    case 'path':
      return text === '' || text.includes('\0') ? wrong : ok(text);
    case 'host':
      return isHost(text) ? ok(text) : wrong;
    case 'url':
      return text === '' || isHttpUrl(text) ? ok(text) : wrong;
    case 'boolean': {
      const word = text.toLowerCase();
      if (yes.has(word)) return ok(true);
      return no.has(word) ? ok(false) : err({ expected: expectation(spec), words: ['true', 'false'] });
    }
    case 'enum':
      return spec.values.includes(text) ? ok(text) : err({ expected: expectation(spec), words: spec.values });
    case 'integer':
      return wholeNumber(text, spec.min, spec.max) ?? wrong;
    case 'port':
      return wholeNumber(text, 0, 65_535) ?? wrong;
    case 'duration':
      return bounded(parseDuration(text), spec, parseDuration) ?? wrong;
    case 'bytes':
      return bounded(parseBytes(text), spec, parseBytes) ?? wrong;
    case 'list':
      return parseList(text.split(','));
  }
}

/** Items are trimmed and empty ones dropped, so that a trailing comma does no harm. */
export function parseList(items: readonly string[]): Result<readonly string[], WrongValue> {
  return ok(items.map((item) => item.trim()).filter((item) => item !== ''));
}

/** What the kind accepts, as a noun phrase for messages and the reference page. */
export function expectation(spec: ValueSpec): string {
  switch (spec.kind) {
    case 'string':
      return 'a text';
    case 'secret':
      return 'a text on one line that is not empty';
    case 'path':
      return 'a path';
    case 'host':
      return 'an IP address or a host name, without scheme and port';
    case 'url':
      return 'an address that starts with http:// or https://';
    case 'boolean':
      return 'true or false';
    case 'enum':
      return `one of ${spec.values.join(', ')}`;
    case 'integer':
      return `a whole number${range(spec.min, spec.max, String)}`;
    case 'port':
      return 'a port from 0 (any free one) to 65535';
    case 'duration':
      return `a duration such as 300ms, 30s or 14d${range(spec.min, spec.max, String)}`;
    case 'bytes':
      return `a size such as 64MiB or 1.5GiB${range(spec.min, spec.max, String)}`;
    case 'list':
      return 'a list of texts';
  }
}

/** Value → the text a user would write; `parseValue(spec, printValue(spec, v))` is `v`. */
export function printValue(spec: ValueSpec, value: SettingValue): string {
  if (value === undefined) return '';
  if (typeof value === 'number' && spec.kind === 'duration') return printDuration(value);
  if (typeof value === 'number' && spec.kind === 'bytes') return printBytes(value);
  return typeof value === 'object' ? value.join(',') : String(value);
}

function wholeNumber(text: string, min?: number, max?: number): Result<number, WrongValue> | undefined {
  const number = /^-?\d[\d_]*$/.test(text) ? Number(text.replaceAll('_', '')) : Number.NaN;
  return within(number, min, max) && Number.isSafeInteger(number) ? ok(number) : undefined;
}

function bounded(
  value: number | undefined,
  spec: { readonly min?: string; readonly max?: string },
  parse: (text: string) => number | undefined,
): Result<number, WrongValue> | undefined {
  if (value === undefined) return undefined;
  const min = spec.min === undefined ? undefined : parse(spec.min);
  const max = spec.max === undefined ? undefined : parse(spec.max);
  return within(value, min, max) ? ok(value) : undefined;
}

function within(value: number, min: number | undefined, max: number | undefined): boolean {
  return !Number.isNaN(value) && (min === undefined || value >= min) && (max === undefined || value <= max);
}

function range<T>(min: T | undefined, max: T | undefined, print: (bound: T) => string): string {
  if (min !== undefined && max !== undefined) return ` from ${print(min)} to ${print(max)}`;
  if (min !== undefined) return ` of at least ${print(min)}`;
  return max === undefined ? '' : ` of at most ${print(max)}`;
}

function isHost(text: string): boolean {
  if (
    /^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$/.test(text)
  )
    // Only digits and dots is an IPv4 address or a typing error, never a name.
    return !/^[\d.]+$/.test(text) || isIpv4(text);
  return (
    /^[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(%[\w.]+)?$/.test(text) &&
    URL.canParse(`http://[${text.replace(/%.*/, '')}]/`)
  );
}

function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
}

function isHttpUrl(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text);
}
