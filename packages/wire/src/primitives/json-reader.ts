/**
 * JsonReader: walks JSON (RFC 8259, nothing beyond it) by offsets over UTF-8 bytes and makes no tree.
 *
 * A caller asks what comes (`kind`), enters objects and arrays, and takes scalars as ranges of bytes in `text`,
 * so that numbers keep every digit and strings every byte, also such as are not UTF-8. Nothing throws: the
 * first fault is remembered with the path to its place, and then every loop ends, since `key` and `item`
 * answer false.
 */
import { JSON_DEPTH_MAX, QUOTED_CHARS_MAX } from '../limits.ts';

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'true' | 'false' | 'null' | 'fault';

const QUOTE = 34;
const BACKSLASH = 92;
const decoder = new TextDecoder();

export class JsonReader {
  readonly bytes: Uint8Array;
  at = 0;
  /** Where the last string (its escapes undone) or number lies: `text[textFrom, textTo)`. */
  text: Uint8Array;
  textFrom = 0;
  textTo = 0;
  fault = '';
  /** The path to the fault, as in `resourceSpans[0].resource`; empty for the document itself. */
  faultPath = '';

  /** For each open object the range of its current key, for each open array the index of its current item. */
  readonly #places: (string | number)[] = [];
  #depth = 0;
  /** Whether the open object or array has had no member yet. */
  #fresh = false;
  #scratch: Uint8Array = new Uint8Array(256);

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.text = bytes;
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.at = 3;
  }

  fail(reason: string): void {
    if (this.fault !== '') return;
    this.fault = reason;
    let path = '';
    for (let at = 0; at < this.#depth; at++) {
      const place = this.#places[at] as string | number;
      if (typeof place === 'number') path += place < 0 ? '' : `[${place}]`;
      else path += path === '' ? place : `.${place}`;
    }
    this.faultPath = path;
  }

  /** What kind of value comes next; nothing is consumed but white space. */
  kind(): JsonKind {
    if (this.fault !== '') return 'fault';
    const byte = this.#peek();
    switch (byte) {
      case 123:
        return 'object';
      case 91:
        return 'array';
      case QUOTE:
        return 'string';
      case 116:
        return 'true';
      case 102:
        return 'false';
      case 110:
        return 'null';
    }
    if (byte === 45 || (byte >= 48 && byte <= 57)) return 'number';
    this.fail(
      byte < 0 ? 'the text ends where a value should be' : `${this.#quoteByte(byte)} starts no value`,
    );
    return 'fault';
  }

  /** Enters the object or the array that `kind` has announced. */
  enter(): void {
    this.at++;
    if (this.#depth >= JSON_DEPTH_MAX) {
      this.fail(`it is nested deeper than ${JSON_DEPTH_MAX}`);
      return;
    }
    this.#places[this.#depth++] = -1;
    this.#fresh = true;
  }

  /** Takes the next key of the open object into `text`, up to its colon; false when the object has ended. */
  key(): boolean {
    if (!this.#next(125)) return false;
    if (this.#peek() !== QUOTE) {
      this.fail('a key is not a string');
      return false;
    }
    this.string();
    if (this.fault === '' && this.#peek() !== 58) this.fail('no colon follows a key');
    if (this.fault !== '') return false;
    this.at++;
    return true;
  }

  /** Names the current key for error messages. */
  place(name: string): void {
    this.#places[this.#depth - 1] = name;
  }

  /** The current key or string for an error message. */
  quote(): string {
    return quoteText(this.text, this.textFrom, this.textTo);
  }

  /** Moves to the next item of the open array; false when the array has ended. */
  item(): boolean {
    if (!this.#next(93)) return false;
    const index = this.#places[this.#depth - 1] as number;
    this.#places[this.#depth - 1] = index + 1;
    return true;
  }

  /** Takes the string that comes next into `text`. */
  string(): void {
    const { bytes } = this;
    const from = this.at + 1;
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (byte === QUOTE) {
        this.text = bytes;
        this.textFrom = from;
        this.textTo = at;
        this.at = at + 1;
        return;
      }
      if (byte === BACKSLASH) {
        this.#escaped(from, at);
        return;
      }
      if (byte < 32) {
        this.fail('a control character stands in a string');
        return;
      }
    }
    this.fail('a string is not closed');
  }

  /** Takes the number that comes next into `text`. */
  number(): void {
    const { bytes } = this;
    const from = this.at;
    let at = from;
    if (bytes[at] === 45) at++;
    if (bytes[at] === 48) at++;
    else at = this.#digits(at);
    if (bytes[at] === 46) at = this.#digits(at + 1);
    if (bytes[at] === 101 || bytes[at] === 69) {
      at++;
      if (bytes[at] === 43 || bytes[at] === 45) at++;
      at = this.#digits(at);
    }
    if (this.fault !== '') return;
    this.text = bytes;
    this.textFrom = from;
    this.textTo = at;
    this.at = at;
  }

  /** Takes `true`, `false` or `null`, whichever `kind` has announced. */
  word(word: 'true' | 'false' | 'null'): void {
    for (let at = 0; at < word.length; at++) {
      if (this.bytes[this.at + at] !== word.charCodeAt(at)) {
        this.fail(`${quoteText(this.bytes, this.at, this.at + at + 1)} is no value`);
        return;
      }
    }
    this.at += word.length;
  }

  /** Passes over the next value, whatever it is, and checks its grammar. */
  skip(): void {
    const kind = this.kind();
    switch (kind) {
      case 'object':
        this.enter();
        while (this.key()) this.skip();
        break;
      case 'array':
        this.enter();
        while (this.item()) this.skip();
        break;
      case 'string':
        this.string();
        break;
      case 'number':
        this.number();
        break;
      case 'fault':
        break;
      default:
        this.word(kind);
    }
  }

  /** Faults unless nothing but white space is left. */
  end(): void {
    if (this.fault === '' && this.#peek() >= 0) this.fail('something follows the end of the value');
  }

  /** The next byte that is not white space, or -1 at the end. */
  #peek(): number {
    const { bytes } = this;
    while (this.at < bytes.length) {
      const byte = bytes[this.at] as number;
      if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) return byte;
      this.at++;
    }
    return -1;
  }

  /** Steps over a comma to the next member, or over the closing bracket. */
  #next(close: number): boolean {
    if (this.fault !== '') return false;
    const byte = this.#peek();
    if (byte === close) {
      this.at++;
      this.#depth--;
      this.#fresh = false;
      return false;
    }
    if (this.#fresh) {
      this.#fresh = false;
      return true;
    }
    if (byte === 44) {
      this.at++;
      const after = this.#peek();
      if (after !== close) return true;
      this.fail('a comma stands before the closing bracket');
      return false;
    }
    this.fail(
      byte < 0 ? 'the text ends within it' : `${this.#quoteByte(byte)} stands where a comma should be`,
    );
    return false;
  }

  #digits(from: number): number {
    let at = from;
    for (;;) {
      const byte = this.bytes[at];
      if (byte === undefined || byte < 48 || byte > 57) break;
      at++;
    }
    if (at === from) this.fail('a number lacks its digits');
    return at;
  }

  /** Undoes the escapes of the string that starts at `from`; the first backslash is at `first`. */
  #escaped(from: number, first: number): void {
    const { bytes } = this;
    let read = first;
    let write = first - from;
    this.#room(write + 8);
    this.#scratch.set(bytes.subarray(from, first));
    while (read < bytes.length) {
      const byte = bytes[read] as number;
      this.#room(write + 8);
      if (byte === QUOTE) {
        this.text = this.#scratch;
        this.textFrom = 0;
        this.textTo = write;
        this.at = read + 1;
        return;
      }
      if (byte < 32) {
        this.fail('a control character stands in a string');
        return;
      }
      if (byte !== BACKSLASH) {
        this.#scratch[write++] = byte;
        read++;
        continue;
      }
      const letter = bytes[read + 1] ?? 0;
      if (letter !== 117) {
        const plain = ESCAPES[letter] ?? 0;
        if (plain === 0) {
          this.fail('a string holds an escape that JSON does not know');
          return;
        }
        this.#scratch[write++] = plain;
        read += 2;
        continue;
      }
      let code = hexUnit(bytes, read + 2);
      read += 6;
      if (code >= 0xd800 && code < 0xdc00 && bytes[read] === BACKSLASH && bytes[read + 1] === 117) {
        const low = hexUnit(bytes, read + 2);
        if (low >= 0xdc00 && low < 0xe000) {
          code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
          read += 6;
        }
      }
      if (code < 0) {
        this.fail('a string holds an escape that JSON does not know');
        return;
      }
      // Half of a surrogate pair is no character and has no bytes in UTF-8.
      if (code >= 0xd800 && code < 0xe000) code = 0xfffd;
      write = putUtf8(this.#scratch, write, code);
    }
    this.fail('a string is not closed');
  }

  #room(needed: number): void {
    if (needed <= this.#scratch.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#scratch.length * 2));
    grown.set(this.#scratch);
    this.#scratch = grown;
  }

  #quoteByte(byte: number): string {
    return byte > 32 && byte < 127 ? `'${String.fromCharCode(byte)}'` : `byte ${byte}`;
  }
}

/** A sender's text for an error message, cut to a bearable length. */
export function quoteText(bytes: Uint8Array, from: number, to: number): string {
  const text = decoder.decode(bytes.subarray(from, Math.min(to, from + QUOTED_CHARS_MAX)));
  return JSON.stringify(to - from > QUOTED_CHARS_MAX ? `${text}…` : text);
}

const ESCAPES: Uint8Array = escapes();

function escapes(): Uint8Array {
  const table = new Uint8Array(256);
  const letters = '"\\/bfnrt';
  const meanings = '"\\/\b\f\n\r\t';
  for (let at = 0; at < letters.length; at++) table[letters.charCodeAt(at)] = meanings.charCodeAt(at);
  return table;
}

/** Four hex digits as a UTF-16 unit, or -1. */
function hexUnit(bytes: Uint8Array, from: number): number {
  let code = 0;
  for (let at = from; at < from + 4; at++) {
    const digit = hexDigit(bytes[at] ?? 0);
    if (digit < 0) return -1;
    code = code * 16 + digit;
  }
  return code;
}

/** The value of an ASCII hex digit, or -1. */
export function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  if (byte >= 97 && byte <= 102) return byte - 87;
  if (byte >= 65 && byte <= 70) return byte - 55;
  return -1;
}

function putUtf8(target: Uint8Array, at: number, code: number): number {
  let write = at;
  if (code < 0x80) target[write++] = code;
  else if (code < 0x800) {
    target[write++] = 0xc0 | (code >> 6);
    target[write++] = 0x80 | (code & 63);
  } else {
    if (code < 0x10000) target[write++] = 0xe0 | (code >> 12);
    else {
      target[write++] = 0xf0 | (code >> 18);
      target[write++] = 0x80 | ((code >> 12) & 63);
    }
    target[write++] = 0x80 | ((code >> 6) & 63);
    target[write++] = 0x80 | (code & 63);
  }
  return write;
}
