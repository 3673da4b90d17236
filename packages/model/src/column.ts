/**
 * Column: a growable run of bytes in the layout of one column of a ClickHouse `Native` block.
 *
 * Numbers are little-endian, strings are a varint length and their bytes, fixed strings just their bytes.
 * Nothing here makes an object per value. `truncate` gives back what a failed row had appended.
 */

const INITIAL_BYTES = 1024;
const encoder = new TextEncoder();

export class Column {
  bytes: Uint8Array;
  view: DataView;
  /** Bytes in use. */
  length = 0;

  constructor(capacity: number = INITIAL_BYTES) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Makes room for `more` bytes behind the end. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  u8(value: number): void {
    if (this.length === this.bytes.length) this.reserve(1);
    this.bytes[this.length++] = value;
  }

  u16(value: number): void {
    if (this.length + 2 > this.bytes.length) this.reserve(2);
    this.view.setUint16(this.length, value, true);
    this.length += 2;
  }

  u32(value: number): void {
    if (this.length + 4 > this.bytes.length) this.reserve(4);
    this.view.setUint32(this.length, value, true);
    this.length += 4;
  }

  /** A 64-bit number as its two 32-bit halves, so that no precision passes through a double. */
  u64(low: number, high: number): void {
    if (this.length + 8 > this.bytes.length) this.reserve(8);
    this.view.setUint32(this.length, low, true);
    this.view.setUint32(this.length + 4, high, true);
    this.length += 8;
  }

  /** A count or offset that fits a double exactly. */
  count(value: number): void {
    this.u64(value >>> 0, Math.floor(value / 0x1_0000_0000));
  }

  f32(value: number): void {
    if (this.length + 4 > this.bytes.length) this.reserve(4);
    this.view.setFloat32(this.length, value, true);
    this.length += 4;
  }

  varint(value: number): void {
    if (this.length + 8 > this.bytes.length) this.reserve(8);
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
    if (this.length + size > this.bytes.length) this.reserve(size);
    copy(source, from, to, this.bytes, this.length);
    this.length += size;
  }

  zeros(size: number): void {
    this.reserve(size);
    this.bytes.fill(0, this.length, this.length + size);
    this.length += size;
  }

  /** The bytes `source[from, to)` as a length-prefixed string. */
  string(source: Uint8Array, from: number, to: number): void {
    const size = to - from;
    if (this.length + size + 5 > this.bytes.length) this.reserve(size + 5);
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

  /** The used bytes, not copied: valid until the next append or reset. */
  used(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}

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
