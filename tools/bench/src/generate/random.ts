// Chance that can be repeated. `mix32` turns a counter into 32 well-spread bits and is a bijection, so that
// different counters never give equal words; `Random` is a stream of numbers for building templates. Both
// depend on nothing but the seed: whoever knows seed and number can compute each id again without storing it.

/** Spreads the bits of a 32-bit counter; equal outputs mean equal inputs. */
export function mix32(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

/** One stream of pseudo-random numbers: a 32-bit Weyl counter seen through `mix32`. */
export class Random {
  #state: number;

  constructor(...seed: readonly number[]) {
    let state = 0x9e3779b9;
    for (const part of seed) state = mix32(state ^ mix32(part + 0x632be5ab));
    this.#state = state;
  }

  /** 32 random bits. */
  bits(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    return mix32(this.#state);
  }

  /** A number in [0, 1). */
  fraction(): number {
    return this.bits() / 0x1_0000_0000;
  }

  /** A whole number in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  /** One of the given values, each as likely as the others. */
  pick<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new RangeError('Cannot pick from an empty list');
    return value;
  }
}

/** Draws ranks 0…count−1 where rank r is as likely as 1/(r+1)^exponent. */
export class Zipf {
  readonly #cumulative: Float64Array;

  constructor(count: number, exponent: number) {
    this.#cumulative = new Float64Array(count);
    let sum = 0;
    for (let rank = 0; rank < count; rank++) {
      sum += 1 / (rank + 1) ** exponent;
      this.#cumulative[rank] = sum;
    }
  }

  draw(random: Random): number {
    const total = this.#cumulative[this.#cumulative.length - 1] ?? 0;
    const wanted = random.fraction() * total;
    const rank = this.#cumulative.findIndex((upTo) => wanted < upTo);
    return rank < 0 ? this.#cumulative.length - 1 : rank;
  }
}
