// Which ids and values a span of a run has. They follow from the seed and the numbers of trace and span alone,
// so that a query can ask for a span without anybody having stored its id, and a check can say which were lost.

import { mix32 } from './random.ts';

/** One word of salt for each use, so that no two columns of a span show the same bits. */
const SALTS = {
  trace: [0x2545f491, 0x71d67fff, 0x1b873593, 0x4f1bbcdc],
  span: [0x3c6ef372, 0x510e527f],
  unique: [0x5be0cd19, 0x1f83d9ab],
  jitter: 0x6a09e667,
} as const;

/** The words of every id of one run: salts turned by its seed. */
export type IdentityWords = {
  readonly trace: Uint32Array;
  readonly span: Uint32Array;
  readonly unique: Uint32Array;
  readonly jitter: number;
  readonly seed: number;
};

export function identityWords(seed: number): IdentityWords {
  const turn = (salt: number): number => mix32(salt ^ mix32(seed));
  return {
    trace: Uint32Array.from(SALTS.trace, turn),
    span: Uint32Array.from(SALTS.span, turn),
    unique: Uint32Array.from(SALTS.unique, turn),
    jitter: turn(SALTS.jitter),
    seed: turn(0),
  };
}

function hexOf(number: number, words: Uint32Array): string {
  const bytes = Buffer.alloc(words.length * 4);
  words.forEach((word, index) => {
    bytes.writeUInt32LE(mix32(number ^ word), index * 4);
  });
  return bytes.toString('hex');
}

/** Trace number → 32 hexadecimal digits. */
export function traceIdHex(words: IdentityWords, trace: number): string {
  return hexOf(trace, words.trace);
}

/** Span number (trace number × spans per trace + index) → 16 hexadecimal digits. */
export function spanIdHex(words: IdentityWords, span: number): string {
  return hexOf(span, words.span);
}

/** Span number → the value of its unique attribute. */
export function uniqueHex(words: IdentityWords, span: number): string {
  return hexOf(span, words.unique);
}

/** Span number and salt → the number in a `digits` value. */
export function digitsOf(words: IdentityWords, span: number, salt: number, below: number): number {
  return mix32(span ^ salt ^ words.seed) % below;
}
