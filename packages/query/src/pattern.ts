/**
 * Patterns: regular expressions in RE2's syntax, checked before they reach an engine that would answer late
 * and in its own words.
 *
 * RE2 has no look-around and no back references, so a pattern runs in linear time. `readPattern` refuses what
 * RE2 refuses and translates the rest into a JavaScript expression of the same meaning, which the brute-force
 * evaluator uses; user input never runs on JavaScript's backtracking engine.
 */
import { err, ok, type Result } from '@tracewright/std';
import { PATTERN_CHARS_MAX, PATTERN_REPEAT_MAX } from './limits.ts';

/** Wraps a pattern so that it must match the whole text, as TraceQL wants it. */
export function anchorPattern(pattern: string): string {
  return `^(?:${pattern})$`;
}

/** Why RE2 would refuse the pattern, in a few words; undefined when it would not. */
export function checkPattern(pattern: string): string | undefined {
  const read = readPattern(pattern);
  return read.ok ? undefined : read.failure;
}

export function readPattern(pattern: string): Result<RegExp, string> {
  if (pattern.length > PATTERN_CHARS_MAX) {
    return err(`the pattern has ${pattern.length} characters, at most ${PATTERN_CHARS_MAX} are allowed`);
  }
  const translated = new Translation(pattern).run();
  if (!translated.ok) return translated;
  try {
    return ok(new RegExp(translated.value, 'u'));
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    return err(text.slice(text.lastIndexOf(': ') + 2).toLowerCase());
  }
}

type Flags = { readonly ignoreCase: boolean; readonly multiLine: boolean; readonly dotAll: boolean };
type Group = { readonly outer: Flags; readonly closers: string };

const POSIX: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7f',
  blank: '\\t ',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`\\{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};
const SYNTAX = /[\\^$.*+?()[\]{}|/]/;

/** One pass from left to right; `out` is always a prefix of the answer. */
class Translation {
  readonly #text: string;
  #at = 0;
  #out = '';
  #flags: Flags = { ignoreCase: false, multiLine: false, dotAll: false };
  /** What the end of the current group must close beside itself: `(?i)` opens an extra one. */
  #closers = '';
  readonly #groups: Group[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  run(): Result<string, string> {
    while (this.#at < this.#text.length) {
      const problem = this.#step();
      if (problem !== undefined) return err(problem);
    }
    if (this.#groups.length > 0) return err('missing closing )');
    return ok(this.#out + this.#closers);
  }

  #step(): string | undefined {
    const char = this.#take();
    switch (char) {
      case '\\':
        return this.#escape(false);
      case '[':
        return this.#charClass();
      case '(':
        return this.#open();
      case ')': {
        const group = this.#groups.pop();
        if (group === undefined) return 'unexpected )';
        this.#out += `${this.#closers})`;
        this.#closers = group.closers;
        this.#flags = group.outer;
        return undefined;
      }
      case '.':
        this.#out += this.#flags.dotAll ? '[\\s\\S]' : '[^\\n]';
        return undefined;
      case '^':
        this.#out += this.#flags.multiLine ? '(?<![^\\n])' : '^';
        return undefined;
      case '$':
        this.#out += this.#flags.multiLine ? '(?![^\\n])' : '$';
        return undefined;
      case '{':
        return this.#repeat();
      case '|':
        // Flags set in one branch hold for the next one too.
        this.#out += '|';
        return undefined;
      default:
        this.#out += char === '}' || char === ']' ? `\\${char}` : char;
        return undefined;
    }
  }

  #take(): string {
    const char = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    this.#at += char.length;
    return char;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found !== null) this.#at += found[0].length;
    return found;
  }

  #repeat(): string | undefined {
    const found = this.#match(/(\d+)(,(\d*))?\}/y);
    if (found === null) {
      this.#out += '\\{';
      return undefined;
    }
    const low = Number(found[1]);
    const high = found[3] === undefined || found[3] === '' ? low : Number(found[3]);
    if (Math.max(low, high) > PATTERN_REPEAT_MAX || high < low) return `invalid repeat count {${found[0]}`;
    this.#out += `{${found[0]}`;
    return undefined;
  }

  #open(): string | undefined {
    const group: Group = { outer: this.#flags, closers: this.#closers };
    if (this.#text[this.#at] !== '?') {
      this.#groups.push(group);
      this.#closers = '';
      this.#out += '(';
      return undefined;
    }
    if (this.#match(/\?(?:<?[=!]|>)/y) !== null) return 'look-around is not supported by RE2';
    const name = this.#match(/\?P?<(\w+)>/y);
    if (name !== null) {
      this.#groups.push(group);
      this.#closers = '';
      this.#out += `(?<${/^\d/.test(name[1] ?? '') ? '_' : ''}${name[1]}>`;
      return undefined;
    }
    const flags = this.#match(/\?([imsU]*)(?:-([imsU]+))?([:)])/y);
    if (flags === null) return 'unknown group after (?';
    const on = flags[1] ?? '';
    const off = flags[2] ?? '';
    const scoped = flags[3] === ':';
    if (`${on}${off}`.includes('U')) return 'the flag U is not supported';
    const pick = (flag: string, before: boolean): boolean =>
      off.includes(flag) ? false : on.includes(flag) || before;
    const ignoreCase = pick('i', this.#flags.ignoreCase);
    const prefix = ignoreCase === this.#flags.ignoreCase ? '(?:' : ignoreCase ? '(?i:' : '(?-i:';
    if (scoped) {
      this.#groups.push(group);
      this.#closers = '';
    } else {
      this.#closers += ')';
    }
    this.#flags = {
      ignoreCase,
      multiLine: pick('m', this.#flags.multiLine),
      dotAll: pick('s', this.#flags.dotAll),
    };
    this.#out += prefix;
    return undefined;
  }

  #escape(inClass: boolean): string | undefined {
    if (this.#at >= this.#text.length) return 'trailing backslash';
    const quoted = inClass ? null : this.#match(/Q([\s\S]*?)(?:\\E|$)/y);
    if (quoted !== null) {
      for (const char of quoted[1] ?? '') this.#out += SYNTAX.test(char) ? `\\${char}` : char;
      return undefined;
    }
    const hex = this.#match(/x\{([0-9a-fA-F]{1,6})\}/y) ?? this.#match(/x([0-9a-fA-F]{2})/y);
    if (hex !== null) {
      this.#out += `\\u{${hex[1]}}`;
      return undefined;
    }
    const octal = this.#match(/0[0-7]{0,2}|[1-7][0-7]{1,2}/y);
    if (octal !== null) {
      this.#out += `\\u{${Number.parseInt(octal[0], 8).toString(16)}}`;
      return undefined;
    }
    const property = this.#match(/([pP])(?:\{(\^?)(\w+)\}|(\w))/y);
    if (property !== null) {
      const name = property[3] ?? property[4] ?? '';
      const negated = (property[1] === 'P') !== (property[2] === '^');
      this.#out += `\\${negated ? 'P' : 'p'}{${name.length <= 2 ? name : `Script=${name}`}}`;
      return undefined;
    }
    const char = this.#take();
    if (/[1-9]/.test(char)) return 'back references are not supported by RE2';
    if (/[dDwW]/.test(char) || (!inClass && /[bB]/.test(char))) this.#out += `\\${char}`;
    else if (/[fnrtv]/.test(char)) this.#out += `\\${char}`;
    else if (char === 'a') this.#out += '\\x07';
    else if (char === 's') this.#out += inClass ? '\\t\\n\\f\\r ' : '[\\t\\n\\f\\r ]';
    else if (char === 'S') this.#out += inClass ? '\\S' : '[^\\t\\n\\f\\r ]';
    else if (char === 'A' && !inClass) this.#out += '(?<![\\s\\S])';
    else if (char === 'z' && !inClass) this.#out += '(?![\\s\\S])';
    else if (/[A-Za-z]/.test(char)) return `unknown escape \\${char}`;
    else this.#out += SYNTAX.test(char) || (inClass && char === '-') ? `\\${char}` : char;
    return undefined;
  }

  #charClass(): string | undefined {
    this.#out += '[';
    if (this.#text[this.#at] === '^') this.#out += this.#take();
    let first = true;
    while (this.#at < this.#text.length) {
      const posix = this.#match(/\[:(\^?)(\w+):\]/y);
      if (posix !== null) {
        const set = POSIX[posix[2] ?? ''];
        if (set === undefined || posix[1] === '^') return `unknown class ${posix[0]}`;
        this.#out += set;
        first = false;
        continue;
      }
      const char = this.#take();
      if (char === ']' && !first) {
        this.#out += ']';
        return undefined;
      }
      first = false;
      if (char === '\\') {
        const problem = this.#escape(true);
        if (problem !== undefined) return problem;
      } else this.#out += char === '[' || char === ']' ? `\\${char}` : char;
    }
    return 'missing closing ]';
  }
}
