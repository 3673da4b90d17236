// A request that is encoded once and sent many times: its bytes, and where the holes are. All offsets count from
// `bytes[0]`. While a socket still holds the bytes, nobody may fill them again; `RequestSource` sees to it.

/** Columns of `Template.holes`, one row of them for each span; an offset of −1 means the span has no such hole. */
export const HOLE_COLUMNS = {
  traceSlot: 0,
  spanIndex: 1,
  parentIndex: 2,
  traceIdAt: 3,
  spanIdAt: 4,
  parentIdAt: 5,
  startAt: 6,
  endAt: 7,
  uniqueAt: 8,
  rareAt: 9,
} as const;
export const HOLE_STRIDE = 10;

/** Columns of `Template.digits`. */
export const DIGIT_COLUMNS = { span: 0, at: 1, width: 2, below: 3, salt: 4 } as const;
export const DIGIT_STRIDE = 5;

export type Encoding = 'protobuf' | 'json';

export type Template = {
  readonly encoding: Encoding;
  /** The message, with `headroom` bytes in front for a frame header. */
  readonly bytes: Buffer;
  readonly view: DataView;
  readonly headroom: number;
  readonly spanCount: number;
  readonly holes: Int32Array;
  /** Start and end of each span in nanoseconds from the start of its trace. */
  readonly offsetsNs: Float64Array;
  readonly digits: Int32Array;
  /** Times of events: offset of the hole, and nanoseconds from the start of the trace; and of which span. */
  readonly eventHoles: Int32Array;
  readonly eventOffsetsNs: Float64Array;
  /** What must be put back before the next fill: the rare text written over the usual one. */
  restore: { readonly at: number; readonly usual: Buffer } | undefined;
};

/** Collects the holes of a template while an encoder runs; offsets are given at the end. */
export class HoleCollector {
  readonly #rows: number[][] = [];
  readonly #offsetsNs: number[] = [];
  readonly #digits: number[][] = [];
  readonly #events: { span: number; at: number; offsetNs: number }[] = [];

  get spanCount(): number {
    return this.#rows.length;
  }

  span(row: readonly number[], startOffsetNs: number, endOffsetNs: number): void {
    this.#rows.push([...row]);
    this.#offsetsNs.push(startOffsetNs, endOffsetNs);
  }

  digits(at: number, width: number, below: number, salt: number): void {
    this.#digits.push([this.#rows.length, at, width, below, salt]);
  }

  event(at: number, offsetNs: number): void {
    this.#events.push({ span: this.#rows.length, at, offsetNs });
  }

  /** The finished template. `place` turns what the encoder noted (a mark or an offset) into an offset. */
  finish(encoding: Encoding, bytes: Buffer, headroom: number, place: (noted: number) => number): Template {
    const at = (noted: number): number => (noted < 0 ? -1 : headroom + place(noted));
    const holes = this.#rows.flatMap((row) => row.map((cell, column) => (column < 3 ? cell : at(cell))));
    const digits = this.#digits.flatMap((row) => row.map((cell, column) => (column === 1 ? at(cell) : cell)));
    return {
      encoding,
      bytes,
      view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      headroom,
      spanCount: this.#rows.length,
      holes: Int32Array.from(holes),
      offsetsNs: Float64Array.from(this.#offsetsNs),
      digits: Int32Array.from(digits),
      eventHoles: Int32Array.from(this.#events.flatMap((event) => [event.span, at(event.at)])),
      eventOffsetsNs: Float64Array.from(this.#events, (event) => event.offsetNs),
      restore: undefined,
    };
  }
}
