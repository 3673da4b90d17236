/**
 * Splits a filter expression into tokens.
 *
 * Attribute names are greedy: they run until white space or one of `{ } ( ) = ~ ! < > & | ^ ,`, so `+ - * / .`
 * and `:` belong to a name, and arithmetic beside an attribute needs spaces. Parts of a name may be quoted.
 * Never throws; the first thing that is no token ends the work with its place.
 */
import { err, ok, type Result } from '@tracewright/std';
import { sumDuration } from '../duration.ts';
import type { Place, QueryError, Static } from './syntax.ts';

export type Token = Place &
  (
    | { readonly kind: 'symbol'; readonly text: string }
    | { readonly kind: 'literal'; readonly value: Static }
    /** A bare word, perhaps with a colon: `duration`, `event:name`, `error`. */
    | { readonly kind: 'word'; readonly text: string }
    /** A name after a scope and its dot; the scope is empty for `.name`. */
    | { readonly kind: 'attribute'; readonly scope: string; readonly name: string }
    | { readonly kind: 'end' }
  );

const SYMBOLS = [
  '!>>',
  '!<<',
  '&>>',
  '&<<',
  '&&',
  '||',
  '=~',
  '!~',
  '!=',
  '<=',
  '>=',
  '>>',
  '<<',
  '!>',
  '!<',
  '&>',
  '&<',
  '&~',
  '{',
  '}',
  '(',
  ')',
  '=',
  '<',
  '>',
  '~',
  '!',
  '+',
  '-',
  '*',
  '/',
  '%',
  '^',
  '|',
  ',',
] as const;

const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const DURATION = /(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|[smhdwy]))+/y;
const NAME_PART = /[^\s{}()=~!<>&|^,"]+/y;
const WORD_START = /[\p{L}_]/u;
const INT_MAX = 2n ** 63n - 1n;

export function tokenize(text: string): Result<readonly Token[], QueryError> {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  while (at < text.length) {
    const char = text.charAt(at);
    if (/\s/.test(char)) {
      at += 1;
      continue;
    }
    const from = at;
    if (char === '"' || char === '`') {
      const read = char === '"' ? readQuoted(text, at) : readRaw(text, at);
      if (!read.ok) return read;
      at = read.value.to;
      tokens.push({ kind: 'literal', value: { type: 'string', value: read.value.text }, from, to: at });
      continue;
    }
    if (/\d/.test(char) || (char === '.' && /\d/.test(text.charAt(at + 1)) && !startsName(text, at))) {
      const read = readNumber(text, at, match(DURATION), match(NUMBER));
      if (!read.ok) return read;
      at = read.value.to;
      tokens.push({ kind: 'literal', value: read.value.value, from, to: at });
      continue;
    }
    if (char === '.' || WORD_START.test(char)) {
      const read = readName(text, at);
      if (!read.ok) return read;
      at = read.value.to;
      tokens.push(read.value);
      continue;
    }
    const symbol = SYMBOLS.find((each) => text.startsWith(each, at));
    if (symbol === undefined) {
      return err({
        message: `Unexpected character ${JSON.stringify(String.fromCodePoint(text.codePointAt(at) ?? 0))}`,
        position: at,
        length: 1,
        ...(char === "'" ? { expected: 'a string in double quotes or back-ticks' } : {}),
        ...(char === "'" ? { suggestion: '"' } : {}),
      });
    }
    at += symbol.length;
    tokens.push({ kind: 'symbol', text: symbol, from, to: at });
  }
  tokens.push({ kind: 'end', from: text.length, to: text.length });
  return ok(tokens);
}

/** `.5` is a number, but `.5xx_count` is an attribute whose name starts with a digit. */
function startsName(text: string, at: number): boolean {
  NAME_PART.lastIndex = at;
  const name = NAME_PART.exec(text)?.[0] ?? '';
  return !/^\.\d+(?:[eE][+-]?\d+)?(?:ns|us|µs|μs|ms|[smhdwy])?$/.test(name);
}

function readNumber(
  text: string,
  from: number,
  duration: string | undefined,
  number: string | undefined,
): Result<{ value: Static; to: number }, QueryError> {
  const matched =
    duration !== undefined && duration.length >= (number?.length ?? 0) ? duration : (number ?? '');
  const to = from + matched.length;
  if (/[\p{L}\d_]/u.test(text.charAt(to))) {
    const word = /^[\p{L}\d_.]*/u.exec(text.slice(to))?.[0] ?? '';
    return err({
      message: `Cannot read the number ${JSON.stringify(matched + word)}`,
      position: from,
      length: matched.length + word.length,
      expected: 'a number, or a duration with a unit of ns, us, ms, s, m, h, d, w or y',
    });
  }
  if (matched === duration) {
    const nano = sumDuration(matched);
    if (nano > INT_MAX) return err(tooLarge(from, matched));
    return ok({ value: { type: 'duration', value: nano }, to });
  }
  if (/^\d+$/.test(matched)) {
    const value = BigInt(matched);
    // One more than the maximum is let through: a minus sign may stand before it.
    if (value > INT_MAX + 1n) return err(tooLarge(from, matched));
    return ok({ value: { type: 'int', value }, to });
  }
  const value = Number(matched);
  if (!Number.isFinite(value)) return err(tooLarge(from, matched));
  return ok({ value: { type: 'double', value }, to });
}

function tooLarge(position: number, text: string): QueryError {
  return {
    message: `The number ${text} is too large`,
    position,
    length: text.length,
    expected: 'at most 64 bits',
  };
}

type Text = { readonly text: string; readonly to: number };

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/** A string in double quotes with the escapes of Go. */
function readQuoted(source: string, from: number): Result<Text, QueryError> {
  let text = '';
  let at = from + 1;
  while (at < source.length) {
    const char = source.charAt(at);
    if (char === '"') return ok({ text, to: at + 1 });
    if (char !== '\\') {
      text += char;
      at += 1;
      continue;
    }
    const rest = source.slice(at + 1, at + 10);
    const code = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))/.exec(rest);
    if (code !== null) {
      const octal = code[4];
      const point =
        octal === undefined
          ? Number.parseInt(code[1] ?? code[2] ?? code[3] ?? '', 16)
          : Number.parseInt(octal, 8);
      if (point > 0x10ffff) return err(badEscape(at, code[0].length + 1));
      text += String.fromCodePoint(point);
      at += 1 + code[0].length;
      continue;
    }
    const simple = ESCAPES[rest.charAt(0)];
    if (simple === undefined) return err(badEscape(at, Math.min(2, source.length - at)));
    text += simple;
    at += 2;
  }
  return err({
    message: 'The string does not end',
    position: from,
    length: source.length - from,
    expected: '"',
  });
}

function badEscape(position: number, length: number): QueryError {
  return {
    message: 'Unknown escape in a string',
    position,
    length,
    expected: 'one of \\\\ \\" \\n \\r \\t \\xHH \\uHHHH',
    suggestion: '\\\\',
  };
}

function readRaw(source: string, from: number): Result<Text, QueryError> {
  const end = source.indexOf('`', from + 1);
  if (end < 0) {
    return err({
      message: 'The string does not end',
      position: from,
      length: source.length - from,
      expected: '`',
    });
  }
  return ok({ text: source.slice(from + 1, end), to: end + 1 });
}

/** A word, or a scope with an attribute's name whose parts may be quoted. */
function readName(text: string, from: number): Result<Token & Place, QueryError> {
  const head = /[\p{L}_][\p{L}\d_]*/uy;
  head.lastIndex = from;
  let scope = text.charAt(from) === '.' ? '' : (head.exec(text)?.[0] ?? '');
  let at = from + scope.length;
  if (text.charAt(at) === ':') {
    const tail = /:[\p{L}\d_]*/uy;
    tail.lastIndex = at;
    const word = scope + (tail.exec(text)?.[0] ?? '');
    return ok({ kind: 'word', text: word, from, to: from + word.length });
  }
  if (text.charAt(at) !== '.') return ok({ kind: 'word', text: scope, from, to: at });
  const nested = /\.(?:span|resource)\./y;
  nested.lastIndex = at;
  if (scope === 'parent' && nested.test(text)) {
    scope = text.slice(from, text.indexOf('.', at + 1));
    at = from + scope.length;
  }
  at += 1;
  let name = '';
  while (at < text.length) {
    if (text.charAt(at) === '"') {
      const part = readQuoted(text, at);
      if (!part.ok) return part;
      name += part.value.text;
      at = part.value.to;
      continue;
    }
    NAME_PART.lastIndex = at;
    const part = NAME_PART.exec(text)?.[0];
    if (part === undefined) break;
    name += part;
    at += part.length;
  }
  if (name === '') {
    return err({
      message: `The name of an attribute is missing after ${JSON.stringify(`${scope}.`)}`,
      position: at,
      length: 0,
      expected: 'the name of an attribute',
      suggestion: `${scope}.http.route`,
    });
  }
  return ok({ kind: 'attribute', scope, name, from, to: at });
}
