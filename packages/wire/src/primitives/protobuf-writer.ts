/**
 * ProtobufWriter: appends protobuf fields to one growing buffer.
 *
 * A message within a message is written between `open` and `close`, which puts the length in front of
 * what was written meanwhile. Fields are written whatever their value; leaving out defaults is the caller's choice.
 */
import { WIRE } from './protobuf-reader.ts';

const INITIAL_BYTES = 4096;
const encoder = new TextEncoder();

export class ProtobufWriter {
  #bytes: Uint8Array = new Uint8Array(INITIAL_BYTES);
  #view: DataView = new DataView(this.#bytes.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The written bytes, as a copy. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** Starts the message `field`; the answer goes to `close`. */
  open(field: number): number {
    this.#varint(field * 8 + WIRE.bytes);
    this.#reserve(1);
    return this.#length++;
  }

  close(mark: number): void {
    const from = mark + 1;
    const size = this.#length - from;
    const lengthBytes = varintBytes(size);
    if (lengthBytes > 1) {
      this.#reserve(lengthBytes);
      this.#bytes.copyWithin(mark + lengthBytes, from, this.#length);
    }
    this.#length = mark;
    this.#varint(size);
    this.#length += size;
  }

  /** A number of up to 53 bits that is not negative. */
  unsigned(field: number, value: number): void {
    this.#varint(field * 8 + WIRE.varint);
    this.#varint(value);
  }

  /** An int32 or an enum: negative numbers take ten bytes, as protobuf wants it. */
  int32(field: number, value: number): void {
    if (value >= 0) this.unsigned(field, value);
    else this.int64(field, BigInt(value));
  }

  int64(field: number, value: bigint): void {
    this.#varint(field * 8 + WIRE.varint);
    let rest = BigInt.asUintN(64, value);
    this.#reserve(10);
    while (rest > 127n) {
      this.#bytes[this.#length++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    this.#bytes[this.#length++] = Number(rest);
  }

  /** A 64-bit varint as its two halves. */
  varint64(field: number, low: number, high: number): void {
    this.#varint(field * 8 + WIRE.varint);
    this.#reserve(10);
    let restLow = low >>> 0;
    let restHigh = high >>> 0;
    while (restHigh > 0 || restLow > 127) {
      this.#bytes[this.#length++] = (restLow & 127) | 128;
      restLow = ((restLow >>> 7) | (restHigh << 25)) >>> 0;
      restHigh >>>= 7;
    }
    this.#bytes[this.#length++] = restLow;
  }

  fixed32(field: number, value: number): void {
    this.#varint(field * 8 + WIRE.fixed32);
    this.#reserve(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }

  fixed64(field: number, value: bigint): void {
    this.#varint(field * 8 + WIRE.fixed64);
    this.#reserve(8);
    this.#view.setBigUint64(this.#length, value, true);
    this.#length += 8;
  }

  /** A fixed64 as its two halves. */
  fixed64Halves(field: number, low: number, high: number): void {
    this.#varint(field * 8 + WIRE.fixed64);
    this.#reserve(8);
    this.#view.setUint32(this.#length, low, true);
    this.#view.setUint32(this.#length + 4, high, true);
    this.#length += 8;
  }

  double(field: number, value: number): void {
    this.#varint(field * 8 + WIRE.fixed64);
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  bytes(field: number, value: Uint8Array): void {
    this.#varint(field * 8 + WIRE.bytes);
    this.#varint(value.length);
    this.raw(value);
  }

  /** The bytes `source[from, to)` as a length-delimited field. */
  range(field: number, source: Uint8Array, from: number, to: number): void {
    this.#varint(field * 8 + WIRE.bytes);
    this.#varint(to - from);
    this.#reserve(to - from);
    this.#bytes.set(source.subarray(from, to), this.#length);
    this.#length += to - from;
  }

  string(field: number, value: string): void {
    this.bytes(field, encoder.encode(value));
  }

  /** Bytes that are fields already. */
  raw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  #varint(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}
