/**
 * Random: chance that can be repeated. The same seed and the same questions give the same answers, on every machine.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #count = 1;

  /** Seeds that differ in any bit lead to unrelated sequences. */
  constructor(seed: number, stream: string = '', index: number = 0) {
    this.#a = seed >>> 0;
    this.#b = Math.floor(index / 2 ** 32) ^ 0x9e3779b9;
    this.#c = index >>> 0;
    for (let at = 0; at < stream.length; at++) {
      this.#b = Math.imul(this.#b ^ stream.charCodeAt(at), 0x01000193);
    }
    for (let round = 0; round < 12; round++) this.word();
  }

  /** 32 random bits. The small fast counting generator (sfc32), whose period is beyond any run. */
  word(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#count++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** A whole number in [0, bound). */
  below(bound: number): number {
    return Math.floor((this.word() / 2 ** 32) * bound);
  }

  /** A whole number in [0, bound) that is more often small than large. */
  small(bound: number): number {
    return this.below(1 + this.below(bound));
  }

  chance(share: number): boolean {
    return this.word() < share * 2 ** 32;
  }

  pick<T>(values: readonly T[]): T {
    if (values.length === 0) throw new Error('There is nothing to pick from');
    return values[this.below(values.length)] as T;
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at++) bytes[at] = this.word() & 255;
    return bytes;
  }

  list<T>(length: number, make: (at: number) => T): T[] {
    return Array.from({ length }, (_, at) => make(at));
  }
}
