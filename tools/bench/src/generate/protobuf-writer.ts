// The smallest protobuf writer that can build OTLP, with one thing that a library lacks: it can say at which
// offset a value ended up, so that the value can be written over later without encoding again. It shares no
// code with the program's own decoder and is therefore a witness against it.

/** Writes fields one after the other; `mark` offsets stay right when an enclosing message gets its length. */
export class ProtobufWriter {
  #bytes = Buffer.allocUnsafe(64 * 1024);
  #length = 0;
  readonly #marks: number[] = [];

  /** The number of the mark for the next byte to be written. */
  mark(): number {
    return this.#marks.push(this.#length) - 1;
  }

  /** The number of a mark `count` bytes before the next byte to be written. */
  markBefore(count: number): number {
    return this.#marks.push(this.#length - count) - 1;
  }

  /** Where the bytes of a mark stand in what `finish` returns. */
  offsetOf(mark: number): number {
    const offset = this.#marks[mark];
    if (offset === undefined) throw new RangeError(`No mark ${mark}`);
    return offset;
  }

  /** A length-delimited field whose content `write` produces; marks set meanwhile move with it. */
  message(field: number, write: () => void): void {
    this.#tag(field, 2);
    const contentStart = this.#length;
    const firstMark = this.#marks.length;
    write();
    const contentLength = this.#length - contentStart;
    const prefixLength = varintLength(contentLength);
    this.#reserve(prefixLength);
    this.#bytes.copyWithin(contentStart + prefixLength, contentStart, this.#length);
    this.#length = contentStart;
    this.#varint(contentLength);
    this.#length += contentLength;
    for (let mark = firstMark; mark < this.#marks.length; mark++) {
      this.#marks[mark] = (this.#marks[mark] ?? 0) + prefixLength;
    }
  }

  /** A string field; returns the mark of its first byte. */
  text(field: number, value: string): number {
    return this.data(field, Buffer.from(value, 'utf8'));
  }

  /** A bytes field; returns the mark of its first byte. */
  data(field: number, value: Uint8Array): number {
    this.#tag(field, 2);
    this.#varint(value.length);
    const mark = this.mark();
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    return mark;
  }

  /** A whole number that is not negative and below 2^53. */
  unsigned(field: number, value: number): void {
    this.#tag(field, 0);
    this.#varint(value);
  }

  /** A bool field, written even when false: OTLP's AnyValue is a oneof. */
  bool(field: number, value: boolean): void {
    this.unsigned(field, value ? 1 : 0);
  }

  /** A double field. */
  double(field: number, value: number): void {
    this.#tag(field, 1);
    this.#reserve(8);
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
  }

  /** A fixed64 field of zero, to be written over; returns the mark of its first byte. */
  fixed64(field: number): number {
    this.#tag(field, 1);
    const mark = this.mark();
    this.#reserve(8);
    this.#bytes.fill(0, this.#length, this.#length + 8);
    this.#length += 8;
    return mark;
  }

  /** A fixed32 field. */
  fixed32(field: number, value: number): void {
    this.#tag(field, 5);
    this.#reserve(4);
    this.#length = this.#bytes.writeUInt32LE(value, this.#length);
  }

  /** A copy of what was written, with `headroom` free bytes in front (offsets do not count them). */
  finish(headroom = 0): Buffer {
    const out = Buffer.alloc(headroom + this.#length);
    this.#bytes.copy(out, headroom, 0, this.#length);
    return out;
  }

  #tag(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType);
  }

  #varint(value: number): void {
    this.#reserve(10);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + count));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  return length;
}
