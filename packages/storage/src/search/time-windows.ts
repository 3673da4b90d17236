/**
 * TimeWindows: walks a range of event time in windows, from its newest end or from its oldest, so that a
 * search reads little when much matches and still sees everything when little does.
 *
 * The windows follow each other without gap or overlap and together are exactly the range. They begin small
 * where data arrives, grow as long as they answer quickly, and take in with the first and the last whatever
 * lies behind the newest arrival and before the oldest, for there is next to nothing in it.
 */

export type TimeRange = { readonly fromNano: bigint; readonly toNano: bigint };

/** The span of time in which the store's rows arrived. */
export type ArrivalRange = { readonly oldestNano: bigint; readonly newestNano: bigint };

const WIDTH_MIN_NANO = 1000n;
/** Events happen before they arrive, mostly by less than this. */
const DELAY_NANO: bigint = 60n * 1_000_000_000n;

/** A window of some hundred thousand rows that takes longer is read, and not left out by filters. */
const QUICK_MS = 30;
const SLOW_MS = 100;

export class TimeWindows {
  readonly #range: TimeRange;
  readonly #arrivals: ArrivalRange;
  readonly #newestFirst: boolean;
  /** The edge up to which the walk has come. */
  #edge: bigint;
  #width: bigint;
  #current: TimeRange | undefined;

  constructor(range: TimeRange, arrivals: ArrivalRange, order: 'newest' | 'oldest', firstWidthNano: bigint) {
    this.#range = range;
    this.#arrivals = arrivals;
    this.#width = firstWidthNano;
    this.#newestFirst = order === 'newest';
    this.#edge = this.#newestFirst ? range.toNano : range.fromNano;
  }

  /** The next window; the same again until `advance`. Undefined when the range has been walked. */
  current(): TimeRange | undefined {
    if (this.#current === undefined) this.#current = this.#newestFirst ? this.#back() : this.#ahead();
    return this.#current;
  }

  /** Goes on behind the current window, which took this long. */
  advance(tookMs: number, wasEmpty: boolean): void {
    const window = this.#current;
    if (window === undefined) return;
    this.#edge = this.#newestFirst ? window.fromNano : window.toNano;
    this.#current = undefined;
    // What is as good as never found, and quickly, is in no hurry to be looked for bit by bit.
    if (wasEmpty && tookMs < QUICK_MS) this.#width *= 64n;
    // A window that was quick may have been empty, which says nothing about what the next one costs.
    else this.#width *= tookMs < SLOW_MS ? 8n : 2n;
  }

  /** Makes the current window a quarter as wide, because it held too much; false when that is impossible. */
  narrow(): boolean {
    const window = this.#current;
    if (window === undefined) return false;
    const width = (window.toNano - window.fromNano) / 4n;
    if (width < WIDTH_MIN_NANO) return false;
    this.#width = width;
    this.#current = this.#newestFirst
      ? { fromNano: window.toNano - width, toNano: window.toNano }
      : { fromNano: window.fromNano, toNano: window.fromNano + width };
    return true;
  }

  #back(): TimeRange | undefined {
    const { fromNano } = this.#range;
    const toNano = this.#edge;
    if (toNano <= fromNano) return undefined;
    // Whatever lies behind the newest arrival is as good as empty and belongs to the first window.
    let start = smaller(toNano, this.#arrivals.newestNano) - this.#width;
    // No window for a rest that is smaller than this one.
    if (start - this.#width < this.#arrivals.oldestNano - DELAY_NANO) start = fromNano;
    return { fromNano: larger(fromNano, start), toNano };
  }

  #ahead(): TimeRange | undefined {
    const { toNano } = this.#range;
    const fromNano = this.#edge;
    if (fromNano >= toNano) return undefined;
    let end = larger(fromNano, this.#arrivals.oldestNano - DELAY_NANO) + this.#width;
    if (end + this.#width > this.#arrivals.newestNano) end = toNano;
    return { fromNano, toNano: smaller(toNano, end) };
  }
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
