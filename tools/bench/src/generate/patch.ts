// Fills the holes of a template for one send: ids, times and the values that change. This is the whole cost of
// making a request, so it allocates nothing and writes only the bytes that differ.

import { digitsOf, type IdentityWords } from './identity.ts';
import { mix32 } from './random.ts';
import { DIGIT_COLUMNS, DIGIT_STRIDE, HOLE_COLUMNS as HOLE, HOLE_STRIDE, type Template } from './template.ts';
import type { RareValue } from './workload.ts';

const TWO_32 = 0x1_0000_0000;
const NS_PER_SECOND = 1_000_000_000;

/** What one send is about. */
export type Fill = {
  readonly words: IdentityWords;
  /** Trace number of a span: `(batch − spanIndex × scatter) × tracesPerBatch + traceSlot`, modulo 2^32. */
  readonly batch: number;
  readonly tracesPerBatch: number;
  readonly spansPerTrace: number;
  /** How many batches lie between two spans of a trace; 0 keeps a trace together. */
  readonly scatter: number;
  /** Nanoseconds since 1970 at which the traces of a batch begin. */
  readonly traceStartNs: (batch: number) => bigint;
  readonly jitter: boolean;
  readonly rare: (RareValue & { readonly bytes: Buffer }) | undefined;
};

const PAIR_OF_BYTE = Uint16Array.from({ length: 256 }, (_, byte) =>
  Buffer.from(byte.toString(16).padStart(2, '0')).readUInt16LE(),
);

/** Makes `template.bytes` the request of this send. */
export function fillTemplate(template: Template, fill: Fill): void {
  if (template.restore !== undefined) {
    template.bytes.set(template.restore.usual, template.restore.at);
    template.restore = undefined;
  }
  const text = template.encoding === 'json';
  const { holes, view } = template;
  const { words } = fill;
  const starts = new TraceStarts(fill);
  for (let span = 0, row = 0; span < template.spanCount; span++, row += HOLE_STRIDE) {
    const index = holes[row + HOLE.spanIndex] ?? 0;
    const batch = fill.batch - index * fill.scatter;
    const trace = (batch * fill.tracesPerBatch + (holes[row + HOLE.traceSlot] ?? 0)) >>> 0;
    const number = (Math.imul(trace, fill.spansPerTrace) + index) >>> 0;
    writeWords(view, text, holes[row + HOLE.traceIdAt] ?? -1, trace, words.trace);
    writeWords(view, text, holes[row + HOLE.spanIdAt] ?? -1, number, words.span);
    const parentAt = holes[row + HOLE.parentIdAt] ?? -1;
    if (parentAt >= 0) {
      const parent = number - index + (holes[row + HOLE.parentIndex] ?? 0);
      writeWords(view, text, parentAt, parent, words.span);
    }
    const uniqueAt = holes[row + HOLE.uniqueAt] ?? -1;
    if (uniqueAt >= 0) writeWords(view, true, uniqueAt, number, words.unique);
    const noise = fill.jitter ? mix32(number ^ words.jitter) : 0;
    starts.select(batch);
    const startNs = (template.offsetsNs[2 * span] ?? 0) + (noise & 0xffff);
    const endNs = (template.offsetsNs[2 * span + 1] ?? 0) + (noise >>> 16);
    starts.write(template, holes[row + HOLE.startAt] ?? -1, startNs);
    starts.write(template, holes[row + HOLE.endAt] ?? -1, endNs);
    if (fill.rare !== undefined && number % fill.rare.everySpans === fill.rare.everySpans - 1) {
      writeRare(template, holes[row + HOLE.rareAt] ?? -1, fill.rare.bytes);
    }
  }
  fillDigits(template, fill);
  fillEvents(template, fill, starts);
}

function fillDigits(template: Template, fill: Fill): void {
  const { digits, bytes } = template;
  for (let entry = 0; entry < digits.length; entry += DIGIT_STRIDE) {
    const number = spanNumber(template, fill, digits[entry + DIGIT_COLUMNS.span] ?? 0);
    const below = digits[entry + DIGIT_COLUMNS.below] ?? 1;
    const value = digitsOf(fill.words, number, digits[entry + DIGIT_COLUMNS.salt] ?? 0, below);
    writeDecimal(
      bytes,
      digits[entry + DIGIT_COLUMNS.at] ?? 0,
      digits[entry + DIGIT_COLUMNS.width] ?? 0,
      value,
    );
  }
}

function fillEvents(template: Template, fill: Fill, starts: TraceStarts): void {
  for (let event = 0; event < template.eventOffsetsNs.length; event++) {
    const row = (template.eventHoles[2 * event] ?? 0) * HOLE_STRIDE;
    starts.select(fill.batch - (template.holes[row + HOLE.spanIndex] ?? 0) * fill.scatter);
    starts.write(template, template.eventHoles[2 * event + 1] ?? -1, template.eventOffsetsNs[event] ?? 0);
  }
}

function spanNumber(template: Template, fill: Fill, span: number): number {
  const row = span * HOLE_STRIDE;
  const index = template.holes[row + HOLE.spanIndex] ?? 0;
  const batch = fill.batch - index * fill.scatter;
  const trace = (batch * fill.tracesPerBatch + (template.holes[row + HOLE.traceSlot] ?? 0)) >>> 0;
  return (Math.imul(trace, fill.spansPerTrace) + index) >>> 0;
}

function writeWords(view: DataView, text: boolean, at: number, number: number, words: Uint32Array): void {
  let offset = at;
  for (let index = 0; index < words.length; index++) {
    const word = mix32(number ^ (words[index] ?? 0));
    if (!text) {
      view.setUint32(offset, word, true);
      offset += 4;
      continue;
    }
    view.setUint16(offset, PAIR_OF_BYTE[word & 0xff] ?? 0, true);
    view.setUint16(offset + 2, PAIR_OF_BYTE[(word >>> 8) & 0xff] ?? 0, true);
    view.setUint16(offset + 4, PAIR_OF_BYTE[(word >>> 16) & 0xff] ?? 0, true);
    view.setUint16(offset + 6, PAIR_OF_BYTE[word >>> 24] ?? 0, true);
    offset += 8;
  }
}

function writeDecimal(bytes: Buffer, at: number, width: number, value: number): void {
  let rest = value;
  for (let position = at + width - 1; position >= at; position--) {
    const tens = Math.floor(rest / 10);
    bytes[position] = 0x30 + rest - tens * 10;
    rest = tens;
  }
}

function writeRare(template: Template, at: number, rare: Buffer): void {
  if (at < 0) return;
  // Only one span of a batch can be the rare one: batches are far smaller than the distance between two of them.
  template.restore = { at, usual: Buffer.from(template.bytes.subarray(at, at + rare.length)) };
  template.bytes.set(rare, at);
}

/** The start of the traces of the selected batch, split so that nanoseconds can be added in plain numbers. */
class TraceStarts {
  readonly #fill: Fill;
  #batch = Number.NaN;
  #low = 0;
  #high = 0;
  #seconds = 0;
  #nanoseconds = 0;

  constructor(fill: Fill) {
    this.#fill = fill;
  }

  select(batch: number): void {
    if (batch === this.#batch) return;
    this.#batch = batch;
    const startNs = this.#fill.traceStartNs(batch);
    this.#low = Number(startNs & 0xffff_ffffn);
    this.#high = Number(startNs >> 32n);
    this.#seconds = Number(startNs / BigInt(NS_PER_SECOND));
    this.#nanoseconds = Number(startNs % BigInt(NS_PER_SECOND));
  }

  write(template: Template, at: number, offsetNs: number): void {
    if (template.encoding === 'json') {
      const nanoseconds = this.#nanoseconds + offsetNs;
      const carry = Math.floor(nanoseconds / NS_PER_SECOND);
      writeDecimal(template.bytes, at, 10, this.#seconds + carry);
      writeDecimal(template.bytes, at + 10, 9, nanoseconds - carry * NS_PER_SECOND);
      return;
    }
    const low = this.#low + offsetNs;
    template.view.setUint32(at, low % TWO_32, true);
    template.view.setUint32(at + 4, this.#high + Math.floor(low / TWO_32), true);
  }
}
