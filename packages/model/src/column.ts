/**
 * Column: a growable run of bytes in the layout of one column of a ClickHouse `Native` block.
 *
 * Numbers are little-endian, strings are a varint length and their bytes, fixed strings just their bytes.
 * Nothing here makes an object per value. `truncate` gives back what a failed row had appended.
 *
 * Nothing here throws either: where a column would pass its limit, or memory is refused, the value is left out
 * and `overflowed` says so. Such a column is of no use until it is restored to a length from before, or reset.
 */

const INITIAL_BYTES = 1024;
/** No column grows beyond this; a request's own limit is reached long before. */
const COLUMN_BYTES_MAX: number = 512 * 1024 * 1024;
/** A larger buffer has to be used to be kept. */
const KEPT_BYTES_MAX: number = 4 * 1024 * 1024;
/** After so many resets in a row at which less than a quarter of a large buffer was in use, it is given back. */
const IDLE_RESETS_MAX = 16;
const encoder = new TextEncoder();

export class Column {
  bytes: Uint8Array;
  view: DataView;
  /** Bytes in use. */
  length = 0;
  /** Whether a value was left out because there was no room for it. */
  overflowed = false;
  readonly #bytesMax: number;
  #idleResets = 0;

  constructor(capacity: number = INITIAL_BYTES, bytesMax: number = COLUMN_BYTES_MAX) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
    this.#bytesMax = bytesMax;
  }

  /** Makes room for `more` bytes behind the end; false, and the column has overflowed, when there is none. */
  reserve(more: number): boolean {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return true;
    if (this.overflowed) return false;
    const doubled = Math.min(this.bytes.length * 2, this.#bytesMax);
    const grown = needed > this.#bytesMax ? undefined : allocate(Math.max(needed, doubled));
    if (grown === undefined) {
      this.overflowed = true;
      return false;
    }
    grown.set(this.bytes.subarray(0, this.length));
    this.#own(grown);
    return true;
  }

  u8(value: number): void {
    if (this.length === this.bytes.length && !this.reserve(1)) return;
    this.bytes[this.length++] = value;
  }

  u16(value: number): void {
    if (this.length + 2 > this.bytes.length && !this.reserve(2)) return;
    this.view.setUint16(this.length, value, true);
    this.length += 2;
  }

  u32(value: number): void {
    if (this.length + 4 > this.bytes.length && !this.reserve(4)) return;
    this.view.setUint32(this.length, value, true);
    this.length += 4;
  }

  /** A 64-bit number as its two 32-bit halves, so that no precision passes through a double. */
  u64(low: number, high: number): void {
    if (this.length + 8 > this.bytes.length && !this.reserve(8)) return;
    this.view.setUint32(this.length, low, true);
    this.view.setUint32(this.length + 4, high, true);
    this.length += 8;
  }

  /** A count or offset that fits a double exactly. */
  count(value: number): void {
    this.u64(value >>> 0, Math.floor(value / 0x1_0000_0000));
  }

  f32(value: number): void {
    if (this.length + 4 > this.bytes.length && !this.reserve(4)) return;
    this.view.setFloat32(this.length, value, true);
    this.length += 4;
  }

  varint(value: number): void {
    if (this.length + 8 > this.bytes.length && !this.reserve(8)) return;
    let rest = value;
    while (rest > 127) {
      this.bytes[this.length++] = (rest & 127) | 128;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.length++] = rest;
  }

  /** The bytes `source[from, to)` as they are. */
  raw(source: Uint8Array, from: number, to: number): void {
    const size = to - from;
    if (this.length + size > this.bytes.length && !this.reserve(size)) return;
    copy(source, from, to, this.bytes, this.length);
    this.length += size;
  }

  zeros(size: number): void {
    if (!this.reserve(size)) return;
    this.bytes.fill(0, this.length, this.length + size);
    this.length += size;
  }

  /** The bytes of `pattern`, so many times. */
  repeat(pattern: Uint8Array, times: number): void {
    const size = pattern.length * times;
    if (size === 0 || !this.reserve(size)) return;
    const { bytes, length } = this;
    const end = length + size;
    let filled = length;
    for (; filled < end && filled - length < REPEAT_LOOP_BYTES; filled += pattern.length)
      for (let at = 0; at < pattern.length; at++) bytes[filled + at] = pattern[at] as number;
    for (; filled < end; filled += Math.min(filled - length, end - filled))
      bytes.copyWithin(filled, length, length + Math.min(filled - length, end - filled));
    this.length = end;
  }

  /** The eight bytes that stand at `at`, as they are. */
  copy8(source: DataView, at: number): void {
    const { length } = this;
    if (length + 8 > this.bytes.length && !this.reserve(8)) return;
    this.view.setUint32(length, source.getUint32(at, true), true);
    this.view.setUint32(length + 4, source.getUint32(at + 4, true), true);
    this.length = length + 8;
  }

  /** As `string`, from the bytes that a view shows: a word at a time, which is twice as fast as bytes are. */
  copyString(source: DataView, from: number, to: number): void {
    const size = to - from;
    if (this.length + size + 5 > this.bytes.length && !this.reserve(size + 5)) return;
    if (size < 128) this.bytes[this.length++] = size;
    else this.varint(size);
    const at = this.length;
    this.length = at + size;
    if (size > LOOP_BYTES_MAX) {
      this.bytes.set(new Uint8Array(source.buffer, source.byteOffset + from, size), at);
      return;
    }
    const { view } = this;
    if (size < 4) {
      for (let byte = 0; byte < size; byte++) view.setUint8(at + byte, source.getUint8(from + byte));
      return;
    }
    const last = size - 4;
    for (let word = 0; word < last; word += 4)
      view.setUint32(at + word, source.getUint32(from + word, true), true);
    // The last word may overlap the one before.
    view.setUint32(at + last, source.getUint32(from + last, true), true);
  }

  /** The bytes `source[from, to)` as a length-prefixed string. */
  string(source: Uint8Array, from: number, to: number): void {
    const size = to - from;
    if (this.length + size + 5 > this.bytes.length && !this.reserve(size + 5)) return;
    if (size < 128) this.bytes[this.length++] = size;
    else this.varint(size);
    copy(source, from, to, this.bytes, this.length);
    this.length += size;
  }

  /** A JavaScript string as a length-prefixed UTF-8 string. */
  text(value: string): void {
    if (value.length === 0) {
      this.u8(0);
      return;
    }
    const bytes = encoder.encode(value);
    this.string(bytes, 0, bytes.length);
  }

  truncate(length: number): void {
    this.length = length;
  }

  /** Goes back to a length at which the column was whole. */
  restore(length: number): void {
    this.length = length;
    this.overflowed = false;
  }

  /** Empties the column. The buffer is kept, unless it is large and has hardly been used for a while. */
  reset(): void {
    if (this.bytes.length > KEPT_BYTES_MAX) {
      this.#idleResets = this.length * 4 < this.bytes.length ? this.#idleResets + 1 : 0;
      if (this.#idleResets >= IDLE_RESETS_MAX) this.release();
    }
    this.restore(0);
  }

  /** Empties the column and gives its buffer back. */
  release(): void {
    this.restore(0);
    this.#idleResets = 0;
    if (this.bytes.length > INITIAL_BYTES) this.#own(new Uint8Array(INITIAL_BYTES));
  }

  /** The used bytes, not copied: valid until the next append or reset. */
  used(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  #own(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }
}

/** The engine has no way to ask whether there is memory but to try. */
function allocate(size: number): Uint8Array | undefined {
  try {
    return new Uint8Array(size);
  } catch {
    return undefined;
  }
}

/** A repetition is written in a loop up to this length, and by copying what is there from then on. */
const REPEAT_LOOP_BYTES = 64;
/** Below this size a plain loop beats the call into `set`. */
const LOOP_BYTES_MAX = 64;

function copy(source: Uint8Array, from: number, to: number, target: Uint8Array, at: number): void {
  if (to - from <= LOOP_BYTES_MAX) {
    let read = from;
    let write = at;
    for (const last = to - 3; read < last; read += 4, write += 4) {
      target[write] = source[read] as number;
      target[write + 1] = source[read + 1] as number;
      target[write + 2] = source[read + 2] as number;
      target[write + 3] = source[read + 3] as number;
    }
    for (; read < to; read++, write++) target[write] = source[read] as number;
  } else {
    target.set(source.subarray(from, to), at);
  }
}
