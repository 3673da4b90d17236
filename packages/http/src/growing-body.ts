/**
 * GrowingBody: bytes gathered into one buffer that spans its ArrayBuffer alone, so that it can be transferred to a
 * worker thread without a copy.
 *
 * Memory follows what has really arrived: who only claims a large body gets the first piece, and as much again each
 * time it is full. A body of known length that fits into the first piece, which is the normal case, is written in
 * place without a copy; once memory is not plenty any more the first piece is small.
 */
import type { BodyAccount, ByteBudget } from './byte-budget.ts';
import { BODY_FIRST_BYTES, BODY_FIRST_BYTES_SCARCE, BODY_FIRST_BYTES_UNKNOWN } from './limits.ts';

const GROWTH = 2;

export type BodyOrigin = {
  /** The length that the sender announced, if it did; never more than that is appended. */
  readonly claimed: number | undefined;
  /** No body is longer. */
  readonly bytesMax: number;
  /** Shared by all bodies of a listener; without one there is no limit but `bytesMax`. */
  readonly budget: ByteBudget | undefined;
  readonly remoteAddress: string | undefined;
};

export class GrowingBody {
  /** How many bytes are there so far. */
  length = 0;
  readonly account: BodyAccount | undefined;
  readonly #origin: BodyOrigin;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  constructor(origin: BodyOrigin) {
    this.#origin = origin;
    this.account = origin.budget?.open(origin.remoteAddress);
  }

  /** Appends a copy of `chunk`; false, and nothing done, when there is no memory for it. */
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

  /** Gives back what the budget gave; to be called however the body ends. */
  release(): void {
    this.account?.hold(0);
  }

  #grow(needed: number): boolean {
    const { claimed, bytesMax, budget } = this.#origin;
    const plenty = claimed === undefined ? BODY_FIRST_BYTES_UNKNOWN : BODY_FIRST_BYTES;
    const first = budget?.isPlenty === false ? BODY_FIRST_BYTES_SCARCE : plenty;
    const wanted = Math.max(needed, first, this.#bytes.length * GROWTH);
    const size = Math.min(wanted, Math.max(claimed ?? bytesMax, needed));
    if (this.account?.hold(size) === false) return false;
    try {
      const bytes = new Uint8Array(Buffer.allocUnsafeSlow(size).buffer as ArrayBuffer);
      bytes.set(this.#bytes.subarray(0, this.length));
      this.#bytes = bytes;
      return true;
    } catch {
      // The system has less memory than the budget.
      this.account?.hold(this.#bytes.length);
      return false;
    }
  }
}
