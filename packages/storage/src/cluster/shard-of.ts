/**
 * ShardOf: where a row belongs when a store has several shards.
 *
 * All spans of a trace, and the log records that name it, lie on one shard: the one that a hash of the trace
 * id's low half scores highest (rendezvous hashing). The low half alone decides, because there are senders
 * that know no other. A further shard takes its share of new traces from all others and moves nothing between
 * them. Log records without a trace are placed by their time, so that copies of one meet.
 *
 * What is computed here is stored data: it never changes.
 */

const SEED = 0x9e3779b9;

export class Placement {
  readonly shards: number;
  readonly #seeds: Int32Array;

  constructor(shards: number) {
    this.shards = shards;
    this.#seeds = Int32Array.from({ length: shards }, (_, shard) => mix((shard + 1) * SEED));
  }

  /** Of a 64-bit value in two halves, each taken as 32 bits. */
  of(first: number, second: number): number {
    const hash = mix((first | 0) ^ mix((second | 0) ^ SEED));
    let best = 0;
    let bestScore = -1;
    for (let shard = 0; shard < this.shards; shard++) {
      const score = mix(hash ^ (this.#seeds[shard] as number)) >>> 0;
      if (score > bestScore) {
        best = shard;
        bestScore = score;
      }
    }
    return best;
  }

  /** Of a trace by its id in hex, of which the last 16 digits count. */
  ofTrace(traceId: string): number {
    const low = traceId.slice(-16);
    return this.of(littleEndian(low.slice(0, 8)), littleEndian(low.slice(8)));
  }
}

/** Four bytes in hex, as they lie in memory, as the number that a little-endian view of them gives. */
function littleEndian(hex: string): number {
  const value = Number.parseInt(hex, 16);
  return ((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24);
}

/** Spreads every bit of a 32-bit number over all of them (the finalizer of MurmurHash3). */
function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
