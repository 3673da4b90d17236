/**
 * GrowingBody: bytes gathered into one buffer that spans its ArrayBuffer alone, so that it can be transferred to a
 * worker thread without a copy.
 *
 * Memory follows what has really arrived: who only claims a large body gets the first piece, and each further one
 * once the piece before is full. A body of known length that fits into the first piece, which is the normal case,
 * is written in place without a copy.
 */
import type { ByteBudget } from './byte-budget.ts';
import { BODY_FIRST_BYTES, BODY_FIRST_BYTES_UNKNOWN } from './limits.ts';

const GROWTH = 4;

export class GrowingBody {
  /** How many bytes are there so far. */
  length = 0;
  readonly #claimed: number | undefined;
  readonly #budget: ByteBudget | undefined;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  /** `claimed` is the length the sender announced, if it did; never more than that is appended. */
  constructor(claimed: number | undefined, budget: ByteBudget | undefined) {
    this.#claimed = claimed;
    this.#budget = budget;
  }

  /** Appends a copy of `chunk`; false, and nothing done, when the budget is used up. */
  append(chunk: Uint8Array): boolean {
    const length = this.length + chunk.length;
    if (length > this.#bytes.length && !this.#grow(length)) return false;
    this.#bytes.set(chunk, this.length);
    this.length = length;
    return true;
  }

  /** The body, whose owner is the caller from now on. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.length === this.#bytes.length ? this.#bytes : this.#bytes.slice(0, this.length);
  }

  /** Gives the budget back; to be called once, however the body ends. */
  release(): void {
    this.#budget?.give(this.#bytes.length);
  }

  #grow(needed: number): boolean {
    const first = this.#claimed === undefined ? BODY_FIRST_BYTES_UNKNOWN : BODY_FIRST_BYTES;
    const wanted = Math.max(needed, first, this.#bytes.length * GROWTH);
    const size = this.#claimed === undefined ? wanted : Math.min(wanted, Math.max(this.#claimed, needed));
    if (this.#budget?.take(size - this.#bytes.length) === false) return false;
    const bytes = new Uint8Array(Buffer.allocUnsafeSlow(size).buffer as ArrayBuffer);
    bytes.set(this.#bytes.subarray(0, this.length));
    this.#bytes = bytes;
    return true;
  }
}
