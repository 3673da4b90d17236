/** Turns: gives others of this process their turn, when work on many rows has gone on for a while. */

/** How long rows are worked on before others get their turn. */
const SLICE_MS = 8;

export class Turns {
  #endsAtMs: number = performance.now() + SLICE_MS;

  get isDue(): boolean {
    return performance.now() > this.#endsAtMs;
  }

  async give(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#endsAtMs = performance.now() + SLICE_MS;
  }
}
