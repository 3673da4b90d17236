/**
 * ByteBudget: how much memory all unfinished bodies of a listener may take together. A limit for each body
 * alone would not bound what thousands of slow clients hold.
 */
export class ByteBudget {
  readonly #max: number;
  #taken = 0;

  constructor(bytesMax: number) {
    this.#max = bytesMax;
  }

  /** Takes all of `bytes` or nothing. */
  take(bytes: number): boolean {
    if (this.#taken + bytes > this.#max) return false;
    this.#taken += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#taken -= bytes;
  }

  get taken(): number {
    return this.#taken;
  }
}
