/**
 * Clock and chance as values: handed in from the rim, so that the middle of the program is a function.
 */

export type Clock = {
  /** Milliseconds since the Unix epoch; may step. */
  nowMs(): number;
  /** Milliseconds from an arbitrary start; never steps back. */
  monotonicMs(): number;
};

/** Fills and returns `bytes` with unpredictable bytes. */
export type Chance = (bytes: Uint8Array) => Uint8Array;
