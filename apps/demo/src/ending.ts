// Why the demo ends, and when: on a first signal in order, on a second one at once. One Ctrl-C under npm arrives
// more than once within milliseconds, from the terminal and from whoever forwards it, and counts once.

/** Signals that follow the first within this time are the same one, come by another way. */
const sameSignalMs = 500;

export interface EndingOptions {
  /** Any clock that only goes forward, in milliseconds. */
  readonly nowMs: () => number;
  /** Called when somebody does not want to wait for an end in order. */
  readonly abandon: () => void;
}

/** Resolves `reason` when someone or something wants the demo to end. */
export class Ending {
  readonly reason: Promise<string>;
  readonly end: (reason: string) => void;
  readonly #options: EndingOptions;
  #firstSignalMs: number | undefined;

  constructor(options: EndingOptions) {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.reason = promise;
    this.end = resolve;
    this.#options = options;
  }

  /** Takes a signal that has arrived. */
  signal(name: string): void {
    const nowMs = this.#options.nowMs();
    if (this.#firstSignalMs === undefined) {
      this.#firstSignalMs = nowMs;
      this.end(name);
    } else if (nowMs - this.#firstSignalMs >= sameSignalMs) {
      this.#options.abandon();
    }
  }
}
