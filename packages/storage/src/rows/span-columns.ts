/**
 * SpanColumns: which columns are asked for, when whole spans are read.
 *
 * Each column costs the engine a tenth of a millisecond and more, and most of them are empty in most spans. A
 * span's `filled` says which of its columns are not. So a reading asks for those that recent readings needed, and once
 * more, with the others, when it meets a span that has something in them.
 */
import type { NativeBlock } from '../native/native-block.ts';
import { ALWAYS_COLUMNS, OPTIONAL_COLUMNS } from '../schema/v0002.ts';

/** Asking twice costs as much as five columns more, about. */
const WORTH_ASKING = 0.2;
/** How much one reading weighs against all before it. */
const WEIGHT = 1 / 16;

export const ALL_OPTIONAL: bigint = 2n ** BigInt(OPTIONAL_COLUMNS.length) - 1n;

export class SpanColumns {
  /** How often each column was needed, the newest readings first of all. */
  readonly #needed: Float64Array = new Float64Array(OPTIONAL_COLUMNS.length).fill(WORTH_ASKING);

  /** The optional columns that are worth asking for, as bits. */
  usual(): bigint {
    let bits = 0n;
    for (let bit = 0; bit < this.#needed.length; bit++) {
      if ((this.#needed[bit] as number) >= WORTH_ASKING) bits |= 1n << BigInt(bit);
    }
    return bits;
  }

  learn(filled: bigint): void {
    for (let bit = 0; bit < this.#needed.length; bit++) {
      const was = this.#needed[bit] as number;
      const now = (filled >> BigInt(bit)) & 1n ? 1 : 0;
      this.#needed[bit] = was + (now - was) * WEIGHT;
    }
  }
}

/** The columns as a list in SQL. */
export function printColumns(optional: bigint): string {
  const chosen = OPTIONAL_COLUMNS.filter((_, bit) => (optional >> BigInt(bit)) & 1n);
  return [...ALWAYS_COLUMNS, 'filled', ...chosen.flatMap(({ columns }) => columns)].join(', ');
}

/** The optional columns in which any row of the blocks has something. */
export function filledIn(blocks: readonly NativeBlock[]): bigint {
  let low = 0;
  let high = 0;
  for (const block of blocks) {
    if (block.rows === 0) continue;
    const { buffer, byteOffset, length } = block.bigs('filled');
    // In halves: a hundred thousand numbers of 64 bits would each be made an object.
    const halves = new Uint32Array(buffer, byteOffset, length * 2);
    for (let at = 0; at < halves.length; at += 2) {
      low |= halves[at] as number;
      high |= halves[at + 1] as number;
    }
  }
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}
