/**
 * ProtobufReader: walks protobuf by offsets over one Uint8Array and makes no object per field.
 *
 * A message is read as `while (reader.at < end) switch (reader.tag(end)) …`, where the tag is the number as it
 * stands in the bytes (field * 8 + wire type), so that a known field with a wrong wire type falls into `default`.
 * Nothing throws: the first fault is remembered with its offset and moves `at` behind every end, so that all
 * loops stop by themselves. A message was read whole exactly when `at === end` afterwards.
 */
import { GROUP_DEPTH_MAX } from '../limits.ts';

export const WIRE = { varint: 0, fixed64: 1, bytes: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const;

/** Larger than any offset: where `at` stands after a fault. */
const STOPPED = 0x3fff_ffff;
const FIELD_MAX = 0x1fff_ffff;

export class ProtobufReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  at = 0;
  /** The halves of the number that was read last, unsigned. */
  low = 0;
  high = 0;
  /** What is wrong, in words; empty while nothing is. */
  fault = '';
  faultAt = 0;
  /** Whether the fault is that a limit of counts or bytes is passed, and the bytes are well otherwise. */
  isTooLarge = false;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Remembers the first fault and stops every loop. */
  fail(reason: string, at: number = this.at): void {
    if (this.fault === '') {
      this.fault = reason;
      this.faultAt = at;
    }
    this.at = STOPPED;
  }

  /** As `fail`, where a limit of counts or bytes is passed. */
  exceed(reason: string): void {
    if (this.fault === '') this.isTooLarge = true;
    this.fail(reason);
  }

  /** The next tag. Call only while `at < end`. After a fault it is 0. */
  tag(end: number): number {
    const first = this.bytes[this.at] as number;
    if (first < 128) {
      this.at++;
      return first;
    }
    return this.#longTag(end);
  }

  /** Reads a length and gives the offset where its bytes end; -1 after a fault. */
  stop(end: number): number {
    const at = this.at;
    if (at < end) {
      const first = this.bytes[at] as number;
      if (first < 128) {
        const stop = at + 1 + first;
        if (stop <= end) {
          this.at = at + 1;
          return stop;
        }
      }
    }
    return this.#longStop(end);
  }

  /** Reads a varint into `low` and `high`; bits beyond 64 are dropped. */
  varint(end: number): void {
    const at = this.at;
    if (at < end) {
      const first = this.bytes[at] as number;
      if (first < 128) {
        this.low = first;
        this.high = 0;
        this.at = at + 1;
        return;
      }
    }
    this.#longVarint(end);
  }

  fixed64(end: number): void {
    const at = this.at;
    if (at + 8 > end) {
      this.fail('a fixed64 runs past the end of its message');
      return;
    }
    this.low = this.#view.getUint32(at, true);
    this.high = this.#view.getUint32(at + 4, true);
    this.at = at + 8;
  }

  fixed32(end: number): void {
    const at = this.at;
    if (at + 4 > end) {
      this.fail('a fixed32 runs past the end of its message');
      return;
    }
    this.low = this.#view.getUint32(at, true);
    this.high = 0;
    this.at = at + 4;
  }

  /**
   * Passes over a field that the message does not know, or faults when the field is one of its own, which is
   * told by `known` (a bit for each field number up to 31), and stands there with a wrong wire type.
   */
  unknown(tag: number, end: number, known: number): void {
    const field = Math.floor(tag / 8);
    if (field < 32 && ((known >>> field) & 1) === 1) {
      this.fail(`field ${field} has wire type ${tag & 7}, which is not its own`);
      return;
    }
    this.skip(tag, end);
  }

  /** Passes over the value of `tag`, groups included. */
  skip(tag: number, end: number, depth: number = 0): void {
    if (tag < 8) {
      this.fail('a field number is 0');
      return;
    }
    switch (tag & 7) {
      case WIRE.varint:
        this.varint(end);
        return;
      case WIRE.fixed64:
        this.fixed64(end);
        return;
      case WIRE.bytes: {
        const stop = this.stop(end);
        if (stop >= 0) this.at = stop;
        return;
      }
      case WIRE.groupStart:
        this.#skipGroup(tag + 1, end, depth + 1);
        return;
      case WIRE.groupEnd:
        this.fail('a group ends that was never opened');
        return;
      case WIRE.fixed32:
        this.fixed32(end);
        return;
      default:
        this.fail(`wire type ${tag & 7} does not exist`);
    }
  }

  #skipGroup(endTag: number, end: number, depth: number): void {
    if (depth > GROUP_DEPTH_MAX) {
      this.fail(`groups are nested deeper than ${GROUP_DEPTH_MAX}`);
      return;
    }
    while (this.at < end) {
      const tag = this.tag(end);
      if (tag === endTag) return;
      this.skip(tag, end, depth);
    }
    if (this.fault === '') this.fail('a group is not closed');
  }

  #longTag(end: number): number {
    const from = this.at;
    this.#longVarint(end);
    if (this.fault !== '') return 0;
    if (this.high !== 0 || this.low >>> 3 > FIELD_MAX) {
      this.fail('a field number is too large', from);
      return 0;
    }
    return this.low;
  }

  #longStop(end: number): number {
    const from = this.at;
    this.#longVarint(end);
    if (this.fault !== '') return -1;
    if (this.high !== 0 || this.low > end - this.at) {
      const size = this.high * 0x1_0000_0000 + this.low;
      this.fail(`a length of ${size} runs past the end of its message`, from);
      return -1;
    }
    return this.at + this.low;
  }

  #longVarint(end: number): void {
    const bytes = this.bytes;
    let at = this.at;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= end) {
        this.fail('a varint runs past the end of its message');
        return;
      }
      const byte = bytes[at++] as number;
      const bits = byte & 127;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else if (shift < 63) high |= bits << (shift - 32);
      else high |= (bits & 1) << 31;
      if (byte < 128) {
        this.low = low >>> 0;
        this.high = high >>> 0;
        this.at = at;
        return;
      }
    }
    this.fail('a varint is longer than 10 bytes');
  }
}
