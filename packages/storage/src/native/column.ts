/**
 * Columns of a decoded `Native` block. A value is made only when it is asked for; what stands behind it are
 * the block's own bytes, so a column is valid as long as somebody holds it and costs no copy.
 */

/** Strings of any length, of fixed length, or of few values, as text or as bytes. */
export type StringColumn = {
  readonly kind: 'string';
  readonly rows: number;
  text(row: number): string;
  /** A view into the block. */
  bytes(row: number): Uint8Array;
  /** Bytes of the string. */
  size(row: number): number;
};

export type NumberColumn = {
  readonly kind: 'number';
  readonly rows: number;
  readonly values:
    | Uint8Array
    | Int8Array
    | Uint16Array
    | Int16Array
    | Uint32Array
    | Int32Array
    | Float32Array
    | Float64Array;
};

export type BigColumn = {
  readonly kind: 'big';
  readonly rows: number;
  readonly values: BigUint64Array | BigInt64Array;
};

/** Row `r` has the elements [ends[r - 1], ends[r]) of `values`. */
export type ArrayColumn = {
  readonly kind: 'array';
  readonly rows: number;
  readonly ends: Uint32Array;
  readonly values: NativeColumn;
};

export type MapColumn = {
  readonly kind: 'map';
  readonly rows: number;
  readonly ends: Uint32Array;
  readonly keys: StringColumn;
  readonly values: NativeColumn;
};

export type NullableColumn = {
  readonly kind: 'nullable';
  readonly rows: number;
  /** 1 where there is no value. */
  readonly absent: Uint8Array;
  readonly values: NativeColumn;
};

export type NativeColumn = StringColumn | NumberColumn | BigColumn | ArrayColumn | MapColumn | NullableColumn;

/** Strings that lie one after the other, with what parts them (length prefixes, or nothing) skipped. */
export class RunOfStrings implements StringColumn {
  readonly kind = 'string';
  readonly rows: number;
  readonly #buffer: Buffer;
  readonly #starts: Uint32Array;
  readonly #ends: Uint32Array;

  constructor(buffer: Buffer, starts: Uint32Array, ends: Uint32Array) {
    this.#buffer = buffer;
    this.#starts = starts;
    this.#ends = ends;
    this.rows = starts.length;
  }

  text(row: number): string {
    const from = this.#starts[row] ?? 0;
    const to = this.#ends[row] ?? 0;
    return from === to ? '' : this.#buffer.toString('utf8', from, to);
  }

  bytes(row: number): Uint8Array {
    return this.#buffer.subarray(this.#starts[row] ?? 0, this.#ends[row] ?? 0);
  }

  size(row: number): number {
    return (this.#ends[row] ?? 0) - (this.#starts[row] ?? 0);
  }
}

/** Strings of one length, without anything between them. */
export class FixedStrings implements StringColumn {
  readonly kind = 'string';
  readonly rows: number;
  readonly #size: number;
  readonly #buffer: Buffer;

  constructor(buffer: Buffer, size: number, rows: number) {
    this.#buffer = buffer;
    this.#size = size;
    this.rows = rows;
  }

  text(row: number): string {
    return this.#buffer.toString('utf8', row * this.#size, (row + 1) * this.#size);
  }

  bytes(row: number): Uint8Array {
    return this.#buffer.subarray(row * this.#size, (row + 1) * this.#size);
  }

  size(): number {
    return this.#size;
  }

  hex(row: number): string {
    return this.#buffer.toString('hex', row * this.#size, (row + 1) * this.#size);
  }

  /** Whether all bytes of the row are zero, as an absent id is stored. */
  isZero(row: number): boolean {
    for (let at = row * this.#size; at < (row + 1) * this.#size; at++) {
      if (this.#buffer[at] !== 0) return false;
    }
    return true;
  }
}

/** Strings of few values: each value becomes text once, however many rows have it. */
export class DictionaryStrings implements StringColumn {
  readonly kind = 'string';
  readonly rows: number;
  readonly #keys: StringColumn;
  readonly #codes: Uint8Array | Uint16Array | Uint32Array;
  readonly #texts: (string | undefined)[];

  constructor(keys: StringColumn, codes: Uint8Array | Uint16Array | Uint32Array) {
    this.#keys = keys;
    this.#codes = codes;
    this.rows = codes.length;
    this.#texts = new Array<string | undefined>(keys.rows).fill(undefined);
  }

  text(row: number): string {
    const code = this.#codes[row] ?? 0;
    const known = this.#texts[code];
    if (known !== undefined) return known;
    const text = this.#keys.text(code);
    this.#texts[code] = text;
    return text;
  }

  bytes(row: number): Uint8Array {
    return this.#keys.bytes(this.#codes[row] ?? 0);
  }

  size(row: number): number {
    return this.#keys.size(this.#codes[row] ?? 0);
  }

  /** How many different codes there may be. */
  get codes(): number {
    return this.#keys.rows;
  }

  /** Whether no row can have anything but the empty text. */
  isAllEmpty(): boolean {
    for (let code = 0; code < this.#keys.rows; code++) if (this.#keys.size(code) > 0) return false;
    return true;
  }

  /** Equal codes mean equal strings. */
  code(row: number): number {
    return this.#codes[row] ?? 0;
  }
}
