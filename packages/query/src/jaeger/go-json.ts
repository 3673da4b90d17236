/**
 * `json.Unmarshal` into a map of strings, with Go's words for what is wrong: first the syntax of the whole
 * text, then the first value of another type. Works on bytes, as Go does.
 */
import { err, ok, type Result } from '@tracewright/std';
import { quoteGo } from './go-text.ts';

const DEPTH_MAX = 1000;
const END = 'unexpected end of JSON input';

/** The failure is what stands after "cannot unmarshal JSON: ". */
export function parseStringMap(text: string): Result<ReadonlyMap<string, string>, string> {
  const scan = new Scan(text);
  try {
    scan.value(0);
    scan.space();
    if (!scan.ended()) scan.invalid('after top-level value');
  } catch (thrown) {
    if (thrown instanceof SyntaxFault) return err(thrown.message);
    throw thrown;
  }
  if (scan.typeError !== undefined) return err(`json: cannot unmarshal ${scan.typeError}`);
  return ok(scan.map);
}

class SyntaxFault extends Error {}

type Kind = 'object' | 'array' | 'string' | 'number' | 'bool' | 'null';

class Scan {
  readonly map = new Map<string, string>();
  /** The first value that does not fit, as Go names it. */
  typeError: string | undefined;
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(text: string) {
    this.#bytes = new TextEncoder().encode(text);
  }

  ended(): boolean {
    return this.#at >= this.#bytes.length;
  }

  space(): void {
    while (' \t\r\n'.includes(this.#peek()) && !this.ended()) this.#at += 1;
  }

  invalid(context: string): never {
    if (this.ended()) throw new SyntaxFault(END);
    const char = this.#peek();
    const quoted = char === "'" ? "'\\''" : char === '"' ? `'"'` : `'${quoteGo(char).slice(1, -1)}'`;
    throw new SyntaxFault(`invalid character ${quoted} ${context}`);
  }

  /** `depth` 0 is the map, 1 its values; what lies deeper only has to be valid. */
  value(depth: number): { readonly kind: Kind; readonly text: string } {
    if (depth > DEPTH_MAX) throw new SyntaxFault('exceeded max depth');
    this.space();
    const char = this.#peek();
    if (depth === 0 && char !== '{') this.#expectMap(char);
    if (char === '{') return this.#object(depth);
    if (char === '[') return this.#array(depth);
    if (char === '"') return { kind: 'string', text: this.#string() };
    if (char === '-' || /[0-9]/.test(char)) return this.#number();
    for (const word of ['true', 'false', 'null']) {
      if (char !== '' && word.startsWith(char)) return this.#word(word);
    }
    return this.invalid('looking for beginning of value');
  }

  #peek(): string {
    const byte = this.#bytes[this.#at];
    return byte === undefined ? '' : String.fromCharCode(byte);
  }

  #expectMap(char: string): void {
    const kinds: Readonly<Record<string, string>> = { '[': 'array', '"': 'string', t: 'bool', f: 'bool' };
    const kind = kinds[char] ?? (/[-0-9]/.test(char) ? 'number' : undefined);
    if (kind !== undefined) this.typeError = `${kind} into Go value of type map[string]string`;
  }

  #object(depth: number): { kind: Kind; text: string } {
    this.#at += 1;
    this.space();
    if (this.#peek() === '}') {
      this.#at += 1;
      return { kind: 'object', text: '' };
    }
    for (;;) {
      this.space();
      if (this.#peek() !== '"') this.invalid('looking for beginning of object key string');
      const key = this.#string();
      this.space();
      if (this.#peek() !== ':') this.invalid('after object key');
      this.#at += 1;
      const value = this.value(depth + 1);
      if (depth === 0) this.#keep(key, value);
      this.space();
      const char = this.#peek();
      if (char !== ',' && char !== '}') this.invalid('after object key:value pair');
      this.#at += 1;
      if (char === '}') return { kind: 'object', text: '' };
    }
  }

  #keep(key: string, value: { readonly kind: Kind; readonly text: string }): void {
    // Go reads null as the empty string, and of a repeated key the last value.
    if (value.kind === 'string' || value.kind === 'null') this.map.set(key, value.text);
    else this.typeError ??= `${value.kind} into Go value of type string`;
  }

  #array(depth: number): { kind: Kind; text: string } {
    this.#at += 1;
    this.space();
    if (this.#peek() === ']') {
      this.#at += 1;
      return { kind: 'array', text: '' };
    }
    for (;;) {
      this.value(Math.max(depth, 1) + 1);
      this.space();
      const char = this.#peek();
      if (char !== ',' && char !== ']') this.invalid('after array element');
      this.#at += 1;
      if (char === ']') return { kind: 'array', text: '' };
    }
  }

  #string(): string {
    const from = this.#at;
    this.#at += 1;
    for (;;) {
      const char = this.#peek();
      if (char === '' || char < ' ') this.invalid('in string literal');
      this.#at += 1;
      if (char === '"') break;
      if (char !== '\\') continue;
      const kind = this.#peek();
      if (kind === '' || !'bfnrt\\/"u'.includes(kind)) this.invalid('in string escape code');
      this.#at += 1;
      for (let digit = 0; kind === 'u' && digit < 4; digit++) {
        if (!/[0-9a-fA-F]/.test(this.#peek())) this.invalid('in \\u hexadecimal character escape');
        this.#at += 1;
      }
    }
    const raw = new TextDecoder().decode(this.#bytes.subarray(from, this.#at));
    const text: unknown = JSON.parse(raw);
    return typeof text === 'string' ? text.toWellFormed() : '';
  }

  #number(): { kind: Kind; text: string } {
    if (this.#peek() === '-') {
      this.#at += 1;
      if (!/[0-9]/.test(this.#peek())) this.invalid('in numeric literal');
    }
    if (this.#peek() === '0') this.#at += 1;
    else this.#digits();
    if (this.#peek() === '.') {
      this.#at += 1;
      if (!/[0-9]/.test(this.#peek())) this.invalid('after decimal point in numeric literal');
      this.#digits();
    }
    if (/[eE]/.test(this.#peek())) {
      this.#at += 1;
      if (/[+-]/.test(this.#peek())) this.#at += 1;
      if (!/[0-9]/.test(this.#peek())) this.invalid('in exponent of numeric literal');
      this.#digits();
    }
    return { kind: 'number', text: '' };
  }

  #digits(): void {
    while (/[0-9]/.test(this.#peek())) this.#at += 1;
  }

  #word(word: string): { kind: Kind; text: string } {
    for (const expected of word) {
      if (this.#peek() !== expected) this.invalid(`in literal ${word} (expecting '${expected}')`);
      this.#at += 1;
    }
    return { kind: word === 'null' ? 'null' : 'bool', text: '' };
  }
}
