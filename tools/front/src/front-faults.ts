/**
 * Faults on order: the next statements that match do not go as they should. A test posts them to `/fault` as
 * JSON, so that what it injects is injected between its client and the real engine.
 */
export type Fault = {
  /** Which statements it befalls: those whose text contains this. */
  readonly match: string;
  /** How many of them; the last one uses it up. */
  times: number;
  readonly kind: /** Answers after `ms`. */
    | 'slow'
    /** Does not read the request, but closes the connection. */
    | 'refuse'
    /** Runs the statement, and closes the connection before the answer. */
    | 'cut'
    /** Sends half of the answer, then closes the connection. */
    | 'half'
    /** Answers 503 as a proxy does, with words that are no exception. */
    | 'unavailable'
    /** Kills its own process when the request has come in. */
    | 'die-before'
    /** Kills its own process when the statement has run. */
    | 'die-after';
  readonly ms?: number;
};

export class Faults {
  readonly #faults: Fault[] = [];

  add(fault: Fault): void {
    this.#faults.push({ ...fault });
  }

  clear(): void {
    this.#faults.length = 0;
  }

  take(sql: string): Fault | undefined {
    const at = this.#faults.findIndex((fault) => sql.includes(fault.match));
    const fault = this.#faults[at];
    if (fault === undefined) return undefined;
    fault.times--;
    if (fault.times <= 0) this.#faults.splice(at, 1);
    return fault;
  }
}
