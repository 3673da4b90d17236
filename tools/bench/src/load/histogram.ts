// Durations counted in buckets whose width grows with the value: each power of two is cut into 64, so that a
// percentile is right to within 1.6 % at any scale while memory stays constant however long a run lasts.

const SUB_BUCKETS = 64;
const SUB_BUCKET_BITS = 6;
/** Values up to 2^42 µs, about fifty days. */
const BUCKETS = (42 - SUB_BUCKET_BITS + 1) * SUB_BUCKETS;

export type HistogramSummary = {
  readonly count: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
};

export class Histogram {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;
  #sumMs = 0;
  #maxMs = 0;

  get count(): number {
    return this.#count;
  }

  record(valueMs: number): void {
    const clean = Math.max(0, valueMs);
    const bucket = bucketOf(Math.round(clean * 1_000));
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count++;
    this.#sumMs += clean;
    this.#maxMs = Math.max(this.#maxMs, clean);
  }

  /** The upper edge of the bucket in which the given share of the values lies, in milliseconds; 0 when empty. */
  percentileMs(share: number): number {
    const wanted = Math.max(1, Math.ceil(share * this.#count));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#counts[bucket] ?? 0;
      if (seen >= wanted) return Math.min(upperEdgeUs(bucket) / 1_000, this.#maxMs);
    }
    return this.#maxMs;
  }

  summary(): HistogramSummary {
    return {
      count: this.#count,
      meanMs: this.#count === 0 ? 0 : this.#sumMs / this.#count,
      p50Ms: this.percentileMs(0.5),
      p90Ms: this.percentileMs(0.9),
      p99Ms: this.percentileMs(0.99),
      p999Ms: this.percentileMs(0.999),
      maxMs: this.#maxMs,
    };
  }
}

/** Values below 128 have a bucket each; above, the highest seven bits decide. */
function bucketOf(valueUs: number): number {
  if (valueUs < 2 * SUB_BUCKETS) return valueUs;
  const shift = Math.floor(Math.log2(valueUs)) - SUB_BUCKET_BITS;
  return Math.min(BUCKETS - 1, shift * SUB_BUCKETS + Math.floor(valueUs / 2 ** shift));
}

function upperEdgeUs(bucket: number): number {
  if (bucket < 2 * SUB_BUCKETS) return bucket;
  const shift = Math.floor(bucket / SUB_BUCKETS) - 1;
  return (bucket - shift * SUB_BUCKETS + 1) * 2 ** shift - 1;
}
